"""A telephone in the browser for demonstrations and trials: one more line of the executor."""
