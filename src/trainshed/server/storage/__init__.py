"""Tables, the writer thread and the content store."""
