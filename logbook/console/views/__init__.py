"""Parts that several pages show: charts, histories, deliveries, inbox."""
