"""v1's estimators: a script, its arguments and its packages in one object. See docs/estimators.md."""
