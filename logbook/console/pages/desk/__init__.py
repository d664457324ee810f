"""Pages of the one-stop desk."""
