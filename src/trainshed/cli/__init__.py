"""The command: one file per verb, on top of trainshed.sdk."""
