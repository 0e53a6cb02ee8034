"""Registered models: all of them, the versions of one, one version."""
