"""Settings: config.yaml and the environment, checked, in one frozen Settings."""
