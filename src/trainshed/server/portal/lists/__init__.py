"""Home, runs, experiments."""
