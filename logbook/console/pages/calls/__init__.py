"""Pages about telephone calls: calls, callbacks, recordings."""
