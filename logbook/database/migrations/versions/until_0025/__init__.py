"""The first fifteen revisions: the state before dossiers, team and slips."""
