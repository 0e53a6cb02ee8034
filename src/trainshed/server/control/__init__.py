"""The loop that reconciles wishes with what the engines report."""
