"""The release, and the version of the messages that server, agents and SDK exchange."""

from __future__ import annotations

VERSION = "0.1.0"

#: Raised when a message changes its meaning. A server serves its own wire version and the one before it.
WIRE_VERSION = 1

#: What ``azureml.core.VERSION`` reports: the last v1 release whose names we follow.
SDK_VERSION = "1.62.0"
