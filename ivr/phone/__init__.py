"""A telephone that executes TwiML, for tests, demonstrations and our own line."""
