"""The signed-in web: what clerk, desk, chairman and administrator see and do."""
