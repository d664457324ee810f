"""Accounts: who signs in, what they may do, and the audit log of what they did."""
