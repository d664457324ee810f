"""The set-up assistant: one set of questions, asked in the terminal or in the browser."""
