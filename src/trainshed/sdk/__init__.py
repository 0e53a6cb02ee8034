"""Workspace, Experiment, Run and the rest of v1, in a notebook and inside a training script."""
