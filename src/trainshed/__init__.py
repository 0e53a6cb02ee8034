"""Trainshed runs Azure ML SDK v1 training code on machines you own.

One sub-package per machine: see docs/architecture.md.
"""
