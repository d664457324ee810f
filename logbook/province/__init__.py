"""What the province knows of its offices: confirmed figures of a month, signed, and nothing else.

This room stands below everything that knows a case: it has nothing to open an office's database with.
"""
