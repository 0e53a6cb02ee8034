"""Metrics: written to a spool by whoever logs, shipped by the agent (in a script) or by a thread (in a notebook)."""
