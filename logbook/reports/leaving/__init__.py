"""What leaves the office when a monthly report is confirmed: figures alone, signed."""
