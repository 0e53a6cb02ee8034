"""One small HTTP client, the only thing that talks to the server."""
