"""config.yaml and the environment, checked and made into one frozen Settings."""
