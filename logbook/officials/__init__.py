"""The register of officials: everybody who serves, is on duty, is rated or is named by a plan."""
