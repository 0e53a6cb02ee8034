"""Compute targets that are made, found, changed and deleted: v1's ``azureml.core.compute``."""
