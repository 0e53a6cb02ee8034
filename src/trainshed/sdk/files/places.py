"""Places on this machine that somebody names for files, and that no file can be written to."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import Iterator

from trainshed.contract.errors import CannotWrite

#: The place is at fault, not the disk or the network.
_OF_PLACES = frozenset(
    {
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EEXIST,
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENAMETOOLONG,
        errno.ELOOP,
        errno.EINVAL,
    }
)


@contextmanager
def writable(path: str) -> Iterator[None]:
    """What is done here makes and writes files at ``path``.

    Raises:
        CannotWrite: in place of what the system says of such a place.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _OF_PLACES:
            raise
        why = "there is a folder of that name" if error.errno == errno.EISDIR else str(error.strerror).lower()
        raise CannotWrite(path=path, why=why) from error
