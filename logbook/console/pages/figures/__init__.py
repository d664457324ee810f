"""Pages with figures: leader, reports, ratings, obstacles."""
