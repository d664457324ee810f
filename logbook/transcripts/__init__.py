"""Draft transcripts: what a machine on this computer thinks was said, until an official writes it down."""
