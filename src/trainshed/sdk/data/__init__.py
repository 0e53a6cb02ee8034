"""Datastores, datasets, and the objects that hand them to a run."""
