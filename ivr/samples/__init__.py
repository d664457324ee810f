"""A believable month for a demonstration, written by the ordinary functions, and removed again."""
