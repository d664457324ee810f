"""What citizens may read: answers, monthly notices and who posted them, the gate, the publicity log."""
