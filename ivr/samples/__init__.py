"""A believable month for a demonstration: written through the ordinary doors, and removed again."""
