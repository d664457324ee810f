"""What a commune does before its line goes live: setting up, the list of what is missing, upgrading."""
