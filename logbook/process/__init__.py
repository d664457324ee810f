"""What every process needs: logs, signs of life, deadlines, the way to the outside."""
