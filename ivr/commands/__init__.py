"""One file per subcommand, or per group of subcommands that share everything."""
