"""Gateways for texts to citizens, one file each, and which of them a piece of news goes by."""
