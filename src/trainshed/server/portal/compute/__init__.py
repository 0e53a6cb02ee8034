"""Compute targets: what runs there, what waits and why, the nodes."""
