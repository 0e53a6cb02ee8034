"""What every benchmark shares: peers, subjects' programs, interleaving, numbers, report. Standard library only."""
