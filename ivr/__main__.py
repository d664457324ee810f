"""`python -m ivr` is the `tongdai` command."""

from ivr.cli import main

main()
