"""What handlers and the control loop may ask for: one function per wish."""
