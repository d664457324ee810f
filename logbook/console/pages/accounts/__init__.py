"""Pages about accounts: signing in, one's own account, all accounts, the audit log."""
