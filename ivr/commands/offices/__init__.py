"""Commands about the offices of one installation, and about the province that it serves."""
