"""How the outbox is emptied, and what came of each delivery."""
