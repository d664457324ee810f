"""Working time, and what the office decided about its days."""
