"""What supervises training on each compute node."""
