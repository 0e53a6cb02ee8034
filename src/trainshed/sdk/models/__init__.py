"""Registered models in the user's hands."""
