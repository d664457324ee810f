"""Measures our application beside the least that could answer a call durably."""
