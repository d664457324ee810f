"""Forms of the console: stored once, and given back with their words when refused."""
