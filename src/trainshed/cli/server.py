"""``trainshed server start|stop|status``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli import exits

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output
    from trainshed.contract.api import ServerStatus

SUMMARY = "Start, stop, or look at this machine's server."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do."""
    parser.add_argument("action", choices=("start", "stop", "status"))


def execute(args: argparse.Namespace, out: Output) -> int:
    """Starting one that runs and stopping one that does not are no errors."""
    return {"start": _start, "stop": _stop, "status": _status}[args.action](out)


def _start(out: Output) -> int:
    from trainshed.cli.place import open_server

    _tell(open_server().server(), out)
    return exits.DONE


def _stop(out: Output) -> int:
    from trainshed.client.embedded import stop

    going_on = stop()
    if out.as_json:
        out.record({"stopped": going_on is not None, "runs_going_on": going_on or 0})
    elif going_on is None:
        out.remark("No server was running.")
    else:
        runs = "1 run goes" if going_on == 1 else f"{going_on} runs go"
        out.remark("The server has stopped." + (f" {runs} on without it." if going_on else ""))
    return exits.DONE


def _status(out: Output) -> int:
    from trainshed.cli.server_checks import running_server

    status = running_server()
    if status is not None:
        _tell(status, out)
        return exits.DONE
    if out.as_json:
        out.record({"running": False, "server": None})
    else:
        out.remark("No server is running.\n  next: trainshed server start")
    return exits.FAILED


def _tell(status: ServerStatus, out: Output) -> None:
    from trainshed.contract import words

    if out.as_json:
        out.record({"running": True, "server": status})
        return
    out.pairs(
        [
            ("server", f"{status.url} (pid {status.pid}, version {status.version})"),
            ("home", status.home),
            ("up for", words.duration(status.uptime_s)),
            ("runs", f"{status.running} running, {status.waiting} waiting"),
            ("memory", words.size(status.rss_bytes)),
        ]
    )
