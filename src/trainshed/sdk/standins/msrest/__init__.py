"""In place of Azure's client library, of which scripts import the exceptions only."""
