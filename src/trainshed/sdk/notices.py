"""What the SDK tells people on the side: logger ``azureml``, which reaches stderr unless the user says otherwise."""

from __future__ import annotations

from typing import Set

_SAID: Set[str] = set()


def warn(text: str) -> None:
    """Say something that a user should know."""
    import logging

    logging.getLogger("azureml").warning("%s", text)


def warn_once(text: str) -> None:
    """Say it the first time only, in this process."""
    if text not in _SAID:
        _SAID.add(text)
        warn(text)
