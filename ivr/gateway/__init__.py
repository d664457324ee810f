"""The office's own line: Asterisk brings calls here and asks, command by command, what to do with them."""
