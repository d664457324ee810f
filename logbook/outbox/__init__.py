"""The outbox: deliveries, escalations and their policy."""
