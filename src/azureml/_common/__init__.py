"""Private names of SDK v1 that scripts import all the same."""
