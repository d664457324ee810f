"""The offices of one installation: which there are, and what each takes from outside."""
