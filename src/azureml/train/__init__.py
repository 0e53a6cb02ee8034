"""How SDK v1 trains: estimators and the like."""
