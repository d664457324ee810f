"""The telephone's webhooks: from a request to the dialogue, the logbook and the answer."""
