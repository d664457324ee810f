"""Engine, schema and tables, and what all processes share through the database."""
