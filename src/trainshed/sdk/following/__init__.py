"""Waiting for a run, and showing what it writes while one waits."""
