"""Private wheels: how ``Environment.add_private_pip_wheel`` names one in a list of pip packages.

v1 gave a URL of its storage. Ours names the content: the node fetches it from the server by its hash.
"""

from __future__ import annotations

import re
from typing import Optional

from trainshed.contract.tuples import NamedTuple

_SCHEME = "trainshed://wheels/"
_FORM = re.compile(re.escape(_SCHEME) + r"([0-9a-f]{64})/([A-Za-z0-9._+!-]+\.whl)")


class PrivateWheel(NamedTuple):
    """A wheel in the content store. ``file_name`` is a wheel's (PEP 427), without a folder."""

    sha256: str
    file_name: str


def wheel_url(wheel: PrivateWheel) -> str:
    """What stands for the wheel in a list of pip packages."""
    return "%s%s/%s" % (_SCHEME, wheel.sha256, wheel.file_name)


def private_wheel(line: str) -> Optional[PrivateWheel]:
    """The wheel that a line of pip packages names; None when it names none of ours."""
    found = _FORM.fullmatch(line.strip())
    return PrivateWheel(found.group(1), found.group(2)) if found else None
