"""A stand-in for the telephone provider: its API, its switchboard, its handsets."""
