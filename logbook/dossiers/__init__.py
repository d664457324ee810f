"""Dossiers of the one-stop desk: import, explanations of late ones, the quota of slips."""
