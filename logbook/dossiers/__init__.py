"""What the one-stop desk handled: dossiers from its software, late ones explained, the quota of slips."""
