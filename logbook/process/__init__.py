"""What every process needs: logs, heartbeats to the supervisor, time limits, routes outside."""
