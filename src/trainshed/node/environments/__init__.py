"""Environments that we build: from a PackagesSpec to the path of an interpreter, through uv."""
