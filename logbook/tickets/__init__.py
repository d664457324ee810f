"""Tickets: what they are and every move of them."""
