"""The register of officials: everybody who serves, is on duty, is rated or named by a plan."""
