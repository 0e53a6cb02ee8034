"""What every benchmark shares: peers' environments, subjects' programs, interleaving, numbers and the report. Standard library only."""
