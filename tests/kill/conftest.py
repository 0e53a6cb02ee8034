"""The fixtures of the integration tests serve here too: each test has a home of its own."""

from tests.integration.conftest import lone_desk

__all__ = ["lone_desk"]
