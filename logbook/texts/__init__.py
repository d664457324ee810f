"""All sentences by key and language, and how numbers and dates are spoken."""
