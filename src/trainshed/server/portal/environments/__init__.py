"""Registered environments."""
