"""The first fifteen revisions: what stood before the desk got its ledger, its team and its slips."""
