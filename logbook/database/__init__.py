"""The database: engine, schema, tables, and what all processes share through it."""
