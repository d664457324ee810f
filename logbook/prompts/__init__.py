"""What callers hear: sentences and the menu as the office changed them, recorded clips, and voices."""
