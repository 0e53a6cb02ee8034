"""The server's records, services and REST interface."""
