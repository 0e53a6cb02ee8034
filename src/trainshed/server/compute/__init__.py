"""Back-ends that put node agents on machines."""
