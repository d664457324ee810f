"""What must be sent to whom: deliveries, escalations and their policy."""
