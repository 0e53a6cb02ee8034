"""Where a verb works: a server and a workspace on it, and how runs are found there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from trainshed.cli.errors import AmbiguousRun, NoRunYet, NoSuchRun
from trainshed.contract.errors import BadRunId, RunNotFound
from trainshed.contract.names import check_run_id

if TYPE_CHECKING:
    from trainshed.client.api import Api, FilePart
    from trainshed.contract.api import RunDetails
    from trainshed.contract.columns import Column
    from trainshed.contract.records import FileEntry, RunRecord, WorkspaceRecord
    from trainshed.sdk.workspace import Workspace

LAST = "last"
#: No run has so many events: what is left to wait for is its end.
NEVER = 1 << 30
_PAGE = 1000
_SHOWN = 5


class Place:
    """One workspace of one server."""

    def __init__(self, api: Api, workspace: WorkspaceRecord) -> None:
        self.api = api
        self.workspace = workspace

    def find(self, word: str) -> RunRecord:
        """The run that somebody typed: an id, an unambiguous beginning of one, or ``last``.

        Raises:
            NoSuchRun, NoRunYet, AmbiguousRun.
        """
        if word == LAST:
            for run in self.runs(1):
                return run
            raise NoRunYet(workspace=self.workspace.name)
        try:
            return self.api.get_run(self.workspace.id, check_run_id(word))
        except (RunNotFound, BadRunId):
            return self._by_beginning(word)

    def _by_beginning(self, word: str) -> RunRecord:
        runs = self.runs(_SHOWN + 1, include_children=True, prefix=word) if word else ()
        # Looked at again: a server that does not know the filter must not give us a run that nobody meant.
        found = [run for run in runs if run.id.startswith(word)]
        if not found:
            raise NoSuchRun(run=word, workspace=self.workspace.name)
        if len(found) > 1:
            names = [run.id for run in found[:_SHOWN]] + ["..."] * (len(found) > _SHOWN)
            raise AmbiguousRun(run=word, found=", ".join(names))
        return found[0]

    def runs(self, limit: int | None, **narrowed: Any) -> Iterator[RunRecord]:
        """Runs, newest first, at most ``limit``; asked for page by page as they are taken."""
        after, left = None, limit
        while left is None or left > 0:
            page = self.api.list_runs(self.workspace.id, limit=min(_PAGE, left or _PAGE), after=after, **narrowed)
            yield from page.runs
            after = page.next
            left = None if left is None else left - len(page.runs)
            if after is None:
                return

    def wait(self, run: RunRecord, wait_s: float) -> RunRecord:
        """The run as soon as something has happened to it; as it stands after ``wait_s`` seconds."""
        return self.api.get_run(self.workspace.id, run.id, known=run.event_seq, wait_s=wait_s)

    def wait_for_end(self, run: RunRecord, wait_s: float) -> RunRecord:
        """The run as soon as it has ended; as it stands after ``wait_s`` seconds."""
        return self.api.get_run(self.workspace.id, run.id, known=NEVER, wait_s=wait_s)

    def details(self, run_id: str) -> RunDetails:
        """All that is recorded about a run but its metrics."""
        return self.api.details(self.workspace.id, run_id)

    def metrics(self, run_id: str) -> list[Column]:
        """The metrics of the run itself, with all their values."""
        from trainshed.contract.columns import unpack

        answer = self.api.metric_columns(self.workspace.id, run_id)
        return [column for found, columns in unpack(answer) if found == run_id for column in columns]

    def files(self, run_id: str, prefix: str | None = None) -> tuple[FileEntry, ...]:
        """The files of a run whose names begin with ``prefix``."""
        return self.api.files(self.workspace.id, run_id, prefix)

    def read(self, run_id: str, path: str, offset: int, wait_s: float) -> FilePart:
        """Bytes of a file from ``offset`` on; with ``wait_s``, as soon as there are some or none will come."""
        return self.api.read_file(self.workspace.id, run_id, path, offset=offset, wait_s=wait_s or None)

    def read_part(self, run_id: str, path: str, offset: int, size_bytes: int) -> bytes:
        """So many bytes of a file, as far as they are there."""
        return self.api.read_file(self.workspace.id, run_id, path, offset=offset, limit=size_bytes).data

    def size(self, run_id: str, path: str) -> int:
        """How long a file is at present. FileNotInRun: there is none."""
        return self.api.read_file(self.workspace.id, run_id, path, limit=1).size_bytes

    def cancel(self, run_id: str) -> RunRecord:
        """Ask the run to stop; no error when it has ended."""
        return self.api.cancel_run(self.workspace.id, run_id)

    def portal_link(self, run_id: str | None) -> str:
        """A link that opens a run's page, or the list of runs, logged in."""
        if run_id is None:
            return self.api.link("/?workspace=" + quote(self.workspace.id, safe=""))
        return self.api.link("/runs/{}/{}".format(*(quote(part, safe="") for part in (self.workspace.id, run_id))))


def open_place() -> Place:
    """The workspace that ``Workspace.from_config()`` gives here, without its remark; starts the server if need be."""
    workspace = open_workspace()
    return Place(workspace._api, workspace._record)


def open_workspace(*, create: bool = True) -> Workspace:
    """The same as the SDK's object. ``create``: a workspace that is not there comes to be, else WorkspaceNotFound."""
    from trainshed.contract.api import WorkspaceAsk
    from trainshed.sdk import context, servers, workspace_config
    from trainshed.sdk.workspace import DEFAULT, Workspace

    if context.run_id() is not None:
        return Workspace._of_run()
    found = workspace_config.find(None, None)
    names = DEFAULT if found is None else workspace_config.read(found)
    api = servers.api(names.server)
    ask = WorkspaceAsk(names.workspace_name, names.subscription_id, names.resource_group, create=create)
    return Workspace._of(api, api.workspace(ask), None, names.server)


def open_server() -> Api:
    """The server alone; started if it is not there."""
    from trainshed.client.api import Api
    from trainshed.client.embedded import connect

    return Api(connect(what="cli"))
