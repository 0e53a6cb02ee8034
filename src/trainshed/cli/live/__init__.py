"""What ``trainshed run`` shows in a terminal while the run goes on."""
