"""Alarms (alerts): what may be wrong in an office, one entry each, and how an alarm is opened and ended."""
