"""Puts the server's parts together into one process."""
