"""One file per subcommand, or per handful that share everything."""
