"""Many offices in one process: which one a request is for, and the offices that are open."""
