"""One scheduler for all offices of an installation: what is due next, whose turn it is."""
