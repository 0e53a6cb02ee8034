"""Pages for people: Jinja2 templates over frozen dataclasses, a JSON twin of each, a login without passwords."""

from trainshed.server.portal.routes import routes

__all__ = ["routes"]
