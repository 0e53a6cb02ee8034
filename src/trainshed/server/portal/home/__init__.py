"""Where people begin: what runs, what waits and why, what was last."""
