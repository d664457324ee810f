"""One file per revision, oldest first; older ones stand in folders named by their last revision."""
