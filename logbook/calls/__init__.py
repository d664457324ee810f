"""What is known of each telephone call, and the promises to call back."""
