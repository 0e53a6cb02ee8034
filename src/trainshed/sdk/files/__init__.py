"""Files of runs: sent to the server and brought from it."""
