"""Names of SDK v1 that can be imported, not used."""
