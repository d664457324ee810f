"""A telephone that speaks TwiML, and a small stand-in for the REST API of its provider."""
