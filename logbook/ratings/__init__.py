"""What citizens think of the service: instruments as versioned data, paper slips, figures."""
