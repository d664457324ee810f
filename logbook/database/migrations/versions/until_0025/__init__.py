"""Revisions 16 to 25: team, tokens, yearly figures, publications, places of rating."""
