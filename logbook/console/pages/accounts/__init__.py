"""Pages about accounts: sign-in, own account, all accounts, audit log."""
