"""The telephone's webhooks: from an HTTP request to the dialogue, the logbook and the TwiML."""
