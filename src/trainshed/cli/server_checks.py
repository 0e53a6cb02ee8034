"""What ``trainshed doctor`` asks about the server and its forker. None is started."""

from __future__ import annotations

import os

from trainshed.cli.checks import FAIL, OK, WARN, Check
from trainshed.contract import variables, words
from trainshed.contract.api import ServerStatus
from trainshed.contract.exceptions import AzureMLException
from trainshed.contract.layout import HomeLayout
from trainshed.contract.version import VERSION


def check_server(layout: HomeLayout) -> Check:
    """Whether a server runs, answers, takes our token, and is of this release."""
    try:
        status = running_server()
    except (AzureMLException, OSError) as error:
        return Check(FAIL, "server", str(error), f"trainshed server stop; its log: {layout.logs / 'server.log'}")
    if status is None:
        return Check(OK, "server", "none runs; it is started when it is first needed")
    found = f"{status.url}, pid {status.pid}, up for {words.duration(status.uptime_s)}, version {status.version}"
    if status.version != VERSION:
        return Check(WARN, "server", f"{found}; this is {VERSION}", "trainshed server stop: the next verb starts ours")
    return Check(OK, "server", found)


def check_forker(layout: HomeLayout) -> Check:
    """Whether the process is there that starts runs in milliseconds."""
    try:
        status = running_server()
    except (AzureMLException, OSError):
        return Check(WARN, "forker", "unknown: the server does not answer")
    if status is None:
        return Check(OK, "forker", "none; the server starts it")
    if not status.forkers:
        return Check(WARN, "forker", "none: runs start slower", f"See {layout.logs / 'forker.log'}")
    return Check(OK, "forker", "pid " + ", ".join(map(str, status.forkers)))


def running_server() -> ServerStatus | None:
    """The status of the team server, or of the home's server; None when the home's does not run.

    Raises:
        AzureMLException: there is one, but it does not answer as it should.
        OSError: the home cannot be looked into.
    """
    from trainshed.client import embedded
    from trainshed.client.api import Api

    if not os.environ.get(variables.SERVER) and embedded.status() is None:
        return None
    return Api(embedded.connect(start=False, what="cli")).server()
