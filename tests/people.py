"""A cast with a meaning: who calls the hotline, and who is rung.

The telephone numbers are made up; those of the clerks are the ones of the shipped configuration.
"""

FARMER = "+84912345678"
"""Bác Sáu, on a cheap mobile phone that shows its number."""
NEIGHBOUR = "+84987654321"
"""Somebody else's mobile phone: knows codes from hearsay, or has found one on paper."""
SHOP = "+842583842500"
"""A cooperative with a landline."""
HIDDEN = "anonymous"
"""Somebody who withholds the number."""
ABROAD = "+14155550123"
"""A relative calling from abroad."""

AN = "+842583842111"
"""On duty first on Mondays, Wednesdays and Fridays; rung when the system fails."""
BINH = "+842583842112"
"""On duty first on Tuesdays and Thursdays."""
CHI = "+842583842113"
"""Stands in when nobody on the roster answers."""

WEDNESDAY = "2026-11-25T09:10:00+07:00"
"""An ordinary morning in hours."""
NIGHT = "2026-11-25T23:30:00+07:00"
"""An ordinary night."""
