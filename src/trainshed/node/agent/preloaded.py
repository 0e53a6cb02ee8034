"""Imported by the forker: whatever an agent or shim would otherwise load or compile after its fork."""

from __future__ import annotations

import hashlib
import logging
import queue
import subprocess
import threading
import traceback
import urllib.parse

from trainshed.client import connection
from trainshed.contract import messages, records, wire
from trainshed.contract.spec import CommandSpec, RunSpec
from trainshed.contract.status import RunStatus
from trainshed.node.environments import provide
from trainshed.node.inputs import bringing, delivery

LOADED = (hashlib, logging, queue, subprocess, threading, traceback, urllib)
OURS = (connection, provide, bringing, delivery)


def warm_up() -> None:
    """Let the wire forms look up the types of their classes: they keep what they found.

    Done again after a fork, it also gives a spare child the memory of its own that it is going to write to.
    """
    at = wire.now()
    workspace = records.WorkspaceRecord("w", "w", "", "", "", at)
    config = messages.AgentConfig("r", "e", workspace, "a", 1, 0, (), "", "", "", "", RunSpec(CommandSpec("s")))
    exit_report = records.ExitReport(0, None, at, left_over=(records.ProcessName(1, ""),))
    rank = records.RankReport(0, RunStatus.RUNNING, exit_report)
    change = records.PhaseChange(RunStatus.RUNNING, at)
    report = records.NodeReport(0, 1, (change,), (rank,), records.RunError("", ""))
    for record in (
        config,
        report,
        messages.SyncRequest(1, 1, 0, "", report, (messages.Append("", "", 0, 0),), (messages.WholeFile("", 0, ""),)),
        messages.SyncAnswer(),
        messages.OrdersAnswer((messages.Order(1, ""),)),
        messages.ShimCommand((), {}, "", "", "", 0.0),
        messages.StartedReport(1, "", 1, "", ""),
        messages.StopOrder(0.0, ""),
        messages.ForkerRequest(""),
        messages.ForkerAnswer(ok=True),
    ):
        wire.loads(type(record), wire.dumps(record))


warm_up()
