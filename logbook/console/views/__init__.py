"""Parts that several pages show: charts, histories, deliveries, what waits."""
