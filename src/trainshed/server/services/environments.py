"""Registered environments: by name and version; and the private wheels that they may name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import List, Optional

from trainshed.contract.environment_records import (
    EnvironmentAsk,
    EnvironmentPage,
    EnvironmentRecord,
    LabelAsk,
    WheelAsk,
    WheelRecord,
    check_environment_name,
)
from trainshed.contract.errors import BadValue, BlobMissing, EnvironmentNotFound, WheelExists
from trainshed.contract.packages.wheels import PrivateWheel, private_wheel, wheel_url
from trainshed.contract.wire import now
from trainshed.server.services import workspaces
from trainshed.server.services.ground import Ground
from trainshed.server.storage import blob_rows, environment_rows
from trainshed.server.storage.contents import check_sha256
from trainshed.server.storage.writer import Reading, Transaction

_SHOWN = 20


class Environments:
    """The registered environments of each workspace."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def register(self, workspace_id: str, ask: EnvironmentAsk) -> EnvironmentRecord:
        """A new version of that name, or the newest one if it says the same.

        Raises:
            BadValue: a name that cannot be. WorkspaceNotFound.
        """
        check_environment_name(ask.name)
        return await self._ground.database.write(lambda tx: _register(tx, workspace_id, ask))

    async def page(self, workspace_id: str) -> EnvironmentPage:
        """The newest version of each; WorkspaceNotFound."""
        connection = self._ground.database.reader
        workspaces.record(connection, workspace_id)
        return EnvironmentPage(tuple(environment_rows.newest(connection, workspace_id)))

    async def versions(self, workspace_id: str, name: str) -> EnvironmentPage:
        """All versions of one, newest first; EnvironmentNotFound."""
        found = environment_rows.versions(self._ground.database.reader, workspace_id, name)
        if not found:
            raise _unknown(self._ground.database.reader, workspace_id, name, None, None)
        return EnvironmentPage(tuple(found))

    async def get(
        self, workspace_id: str, name: str, version: Optional[str] = None, label: Optional[str] = None
    ) -> EnvironmentRecord:
        """One version, the newest if neither version nor label is said; EnvironmentNotFound."""
        connection = self._ground.database.reader
        workspaces.record(connection, workspace_id)
        return _get(connection, workspace_id, name, version, label)

    async def label(self, workspace_id: str, name: str, ask: LabelAsk) -> EnvironmentRecord:
        """Put labels on a version; EnvironmentNotFound."""
        if any(not label or label.lower() == "latest" for label in ask.labels):
            raise BadValue(what="labels", why="a label is a text; 'latest' is always the newest version")

        def put(tx: Transaction) -> EnvironmentRecord:
            _get(tx, workspace_id, name, str(ask.version), None)
            environment_rows.label(tx, workspace_id, name, ask.version, ask.labels)
            return _get(tx, workspace_id, name, str(ask.version), None)

        return await self._ground.database.write(put)

    async def add_wheel(self, workspace_id: str, ask: WheelAsk) -> WheelRecord:
        """Record a private wheel.

        Raises:
            BadValue: no name of a wheel. BlobMissing: send its content first.
            WheelExists: there is one of that name, and ``exist_ok`` is not said.
        """
        if private_wheel(wheel_url(PrivateWheel(check_sha256(ask.sha256), ask.file_name))) is None:
            raise BadValue(what="Wheel %r" % ask.file_name, why="give the file name of a wheel: NAME-VERSION-...whl")
        return await self._ground.database.write(lambda tx: _add_wheel(tx, workspace_id, ask))


def _register(tx: Transaction, workspace_id: str, ask: EnvironmentAsk) -> EnvironmentRecord:
    workspaces.record(tx, workspace_id)
    definition = {key: value for key, value in ask.definition.items() if key not in ("name", "version")}
    if environment_rows.latest_digest(tx, workspace_id, ask.name) != environment_rows.digest(definition):
        known = environment_rows.versions(tx, workspace_id, ask.name)
        version = known[0].version + 1 if known else 1
        environment_rows.add(tx, workspace_id, ask.name, version, definition, now())
    return _get(tx, workspace_id, ask.name, None, None)


def _add_wheel(tx: Transaction, workspace_id: str, ask: WheelAsk) -> WheelRecord:
    workspaces.record(tx, workspace_id)
    if not blob_rows.present(tx, [ask.sha256]):
        raise BlobMissing(sha256=ask.sha256)
    if environment_rows.wheel_contents(tx, workspace_id, ask.file_name) and not ask.exist_ok:
        raise WheelExists(file_name=ask.file_name)
    environment_rows.add_wheel(tx, workspace_id, ask.file_name, ask.sha256, now())
    return WheelRecord(ask.file_name, ask.sha256)


def _get(
    connection: Reading, workspace_id: str, name: str, version: Optional[str], label: Optional[str]
) -> EnvironmentRecord:
    for found in environment_rows.versions(connection, workspace_id, name):
        if version is not None:
            fits = str(found.version) == version
        else:
            fits = label is None or label.lower() == "latest" or label in found.labels
        if fits:
            return found
    raise _unknown(connection, workspace_id, name, version, label)


def _unknown(
    connection: Reading, workspace_id: str, name: str, version: Optional[str], label: Optional[str]
) -> EnvironmentNotFound:
    known = [record.name for record in environment_rows.newest(connection, workspace_id)]
    there = environment_rows.versions(connection, workspace_id, name)
    if there:
        wanted = "version %s" % version if version is not None else "label %r" % label
        what = "%r in %s (its versions: %s)" % (name, wanted, ", ".join(str(one.version) for one in there))
        return EnvironmentNotFound(what=what, near="", known=_words(known), name=name)
    near = get_close_matches(name, known, 3)
    did = "Did you mean %s? " % " or ".join(repr(one) for one in near) if near else ""
    return EnvironmentNotFound(what=repr(name), near=did, known=_words(known), name=name)


def _words(known: List[str]) -> str:
    if not known:
        return "none of your own"
    return ", ".join(repr(name) for name in known[:_SHOWN]) + (" ..." if len(known) > _SHOWN else "")
