"""Pages for citizens: no sign-in, no script, no cookie."""
