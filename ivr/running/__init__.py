"""Runs the program: processes, web server, health, front page, demonstration."""
