"""Sending: empties the outbox and records the result of each delivery."""
