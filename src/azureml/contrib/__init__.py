"""Names of SDK v1 that were on trial."""
