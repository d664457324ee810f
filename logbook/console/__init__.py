"""The signed-in pages of clerk, desk, chairman and administrator."""
