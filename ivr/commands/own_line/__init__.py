"""Commands of the office's own line, and of what answers while nothing of ours does."""
