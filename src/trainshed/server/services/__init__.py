"""What handlers and the control loop may ask for: one function per wish."""

from trainshed.server.services.container import Services

__all__ = ["Services"]
