"""The verbs of a ticket: one value each, with its states, its right, its form and what follows."""
