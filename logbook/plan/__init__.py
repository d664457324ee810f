"""The action plan: its tasks, the proof of each month, their states, what counts by itself."""
