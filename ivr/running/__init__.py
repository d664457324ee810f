"""How the program runs: processes, web server, health, front page, demonstration."""
