"""Work on sound: clips of what was phoned in, drafts of what was recorded."""
