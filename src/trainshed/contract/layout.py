"""Where every file lies: the home of the embedded server, and the folder of a run on a node. Nobody else knows these
names.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Mapping, Optional

from trainshed.contract import variables
from trainshed.contract.frozen import dataclass

#: Beside the logs; without a number, so that nobody follows it.
ENVIRONMENT_LOCK = "environment_lock.txt"


def default_home(environ: Optional[Mapping[str, str]] = None) -> Path:
    """``TRAINSHED_HOME`` or ``~/.trainshed``, absolute."""
    environ = os.environ if environ is None else environ
    given = environ.get(variables.HOME)
    return Path(os.path.abspath(os.path.expanduser(given or "~/.trainshed")))


def home_of_runtime(runtime: str) -> Path:
    """The home that a runtime's folder belongs to (:attr:`HomeLayout.runtimes`)."""
    return Path(runtime).parent.parent


@dataclass(frozen=True)
class HomeLayout:
    """The embedded server's folder (mode 0700)."""

    root: Path

    @property
    def server_json(self) -> Path:
        """The running server's :class:`~trainshed.contract.messages.ServerFacts` (0600); kept after a crash, removed
        by a clean stop.
        """
        return self.root / "server.json"

    @property
    def settings(self) -> Path:
        """What is fixed for this home: server id, port, secrets (0600)."""
        return self.root / "settings.json"

    @property
    def server_lock(self) -> Path:
        """flock held by the server while it lives."""
        return self.root / "server.lock"

    @property
    def start_lock(self) -> Path:
        """flock held by whoever is starting or stopping a server."""
        return self.root / "start.lock"

    @property
    def token(self) -> Path:
        """The user's token (0600)."""
        return self.root / "token"

    @property
    def socket(self) -> Path:
        """The server's Unix socket; absent where the path would be too long."""
        return self.root / "server.sock"

    @property
    def database(self) -> Path:
        return self.root / "trainshed.db"

    @property
    def vault_key(self) -> Path:
        """What the secrets in the database are encrypted with (0600); made with the first secret, in no backup."""
        return self.root / "vault.key"

    @property
    def backups(self) -> Path:
        """Copies of the database from before each migration."""
        return self.root / "backups"

    @property
    def store(self) -> Path:
        """Contents, by sha256: ``store/ab/cdef...``."""
        return self.root / "store"

    def content(self, sha256: str) -> Path:
        """Where a content lies; whoever reads it here must cope with its not being there (any more)."""
        return self.store / sha256[:2] / sha256[2:]

    @property
    def incoming(self) -> Path:
        """Contents on their way in; on the store's file system."""
        return self.store / "incoming"

    @property
    def growing(self) -> Path:
        """Files of runs that are still being written: ``growing/<run uid>/<stream id>``."""
        return self.root / "growing"

    @property
    def runs(self) -> Path:
        """Node folders of the local target."""
        return self.root / "runs"

    @property
    def spares(self) -> Path:
        """``spare/<snapshot>[.2]/``: code of snapshots, written ahead for the next runs (node/agent/spares.py)."""
        return self.root / "spare"

    @property
    def notebooks(self) -> Path:
        """Metrics of notebooks on their way: ``notebooks/<random>/``; its ``owner.lock`` is held while one writes."""
        return self.root / "notebooks"

    @property
    def runtimes(self) -> Path:
        """``runtime/<hash>/``: what goes on a training process's path."""
        return self.root / "runtime"

    @property
    def environments(self) -> EnvironmentsLayout:
        """Environments that were built."""
        return EnvironmentsLayout(self.root / "environments")

    @property
    def logs(self) -> Path:
        """``server.log``, ``forker.log``."""
        return self.root / "logs"

    @property
    def interpreters(self) -> Path:
        """``interpreters.json``: versions of the Pythons that runs used, so that none is started to ask again."""
        return self.root / "interpreters.json"

    @property
    def hash_cache(self) -> Path:
        """What the files of source folders hashed to: one file per folder, written by the SDK."""
        return self.root / "cache" / "hashes"

    @property
    def data_settings(self) -> Path:
        """``data.json``: folders that stand in for datastores and URLs (contract/data_settings.py); people write it."""
        return self.root / "data.json"

    @property
    def environment_settings(self) -> Path:
        """``environments.json``: days and replacements of environments (sdk/environment_settings.py); people write
        it.
        """
        return self.root / "environments.json"

    @property
    def building(self) -> Path:
        """Variables for building of the shell that submitted last (0600; contract/building.py)."""
        return self.root / "building.json"

    @property
    def index_credentials(self) -> Path:
        """Credentials of package indexes (0600; contract/packages/credentials.py)."""
        return self.root / "index-credentials.json"

    @property
    def index_netrc(self) -> Path:
        """The same for uv (0600), written by nodes of this home."""
        return self.root / "index-credentials.netrc"

    @property
    def datastores(self) -> Path:
        """``datastores/<workspace>/<name>/``: the files of datastores that every workspace has."""
        return self.root / "datastores"

    def datastore(self, workspace_id: str, name: str) -> Path:
        """The files of a datastore of ours."""
        return self.datastores / workspace_id / name

    @property
    def url_cache(self) -> Path:
        """``cache/urls/``: files fetched from URLs, where people can put them beforehand, too."""
        return self.root / "cache" / "urls"

    def cached_url(self, url: str) -> Path:
        """Where a URL's file lies once fetched: ``cache/urls/<scheme>/<host>/<path>``; one with a query has a mark
        of it after its name: ``x.csv@5f0c1e2d3a4b``.
        """
        from trainshed.contract.data_settings import cache_segments

        return self.url_cache.joinpath(*cache_segments(url))

    def forker_socket(self, runtime_hash: str) -> Path:
        return self.root / ("forker-%s.sock" % runtime_hash[:12])

    def forker_lock(self, runtime_hash: str) -> Path:
        return self.root / ("forker-%s.lock" % runtime_hash[:12])

    def node(self, workspace_id: str, run_id: str, attempt: int, node: int) -> NodeLayout:
        return NodeLayout(self.runs / workspace_id / run_id / str(attempt) / str(node))


@dataclass(frozen=True)
class EnvironmentsLayout:
    """``environments/``: what was built, by the hash of its lock."""

    root: Path

    def environment(self, name: str) -> EnvironmentLayout:
        return EnvironmentLayout(self.root / name)

    def request(self, key: str) -> Path:
        """``requests/<key>.json``: which environment answers a request."""
        return self.root / "requests" / (key + ".json")

    def lock(self, name: str) -> Path:
        """flock held by whoever builds, removes or (shared) begins to use the environment, or answers the request, of
        this name. Never removed.
        """
        return self.root / "locks" / name

    @property
    def pythons(self) -> Path:
        """``pythons.json``: what the Pythons of this machine said about themselves."""
        return self.root / "pythons.json"

    @property
    def files(self) -> Path:
        """``files/<sha256>/<name>``: packages that came with source folders."""
        return self.root / "files"

    @property
    def work(self) -> Path:
        """``work/<request>/``: what is needed while a request is answered."""
        return self.root / "work"


@dataclass(frozen=True)
class EnvironmentLayout:
    """``environments/<hash>/``: its lock, and its builds, of which the newest whole one is used."""

    root: Path

    @property
    def locked(self) -> Path:
        """``lock.txt``: every package with version and hashes, in pip's form."""
        return self.root / "lock.txt"

    @property
    def base(self) -> Path:
        """``python.json``: the interpreter that it is made from."""
        return self.root / "python.json"

    @property
    def uses(self) -> Path:
        """``uses/<attempt>-<node>``: a node folder that uses the environment until it has ``done.json`` or is gone."""
        return self.root / "uses"

    def build(self, number: int) -> Path:
        """``<number>/``: a virtual environment at its final path."""
        return self.root / str(number)

    def complete(self, number: int) -> Path:
        """``complete.json``, written last: without it a build does not exist."""
        return self.build(number) / "complete.json"

    def settled(self, number: int) -> Path:
        """Written when all of the build is on the disk and byte-compiled."""
        return self.build(number) / "settled"


@dataclass(frozen=True)
class NodeLayout:
    """The folder of one node of one attempt: ``runs/<workspace>/<run>/<attempt>/<node>/``."""

    root: Path

    @property
    def spec(self) -> Path:
        """``spec.json``: the RunSpec."""
        return self.root / "spec.json"

    @property
    def agent(self) -> Path:
        """``agent.json`` (0600): the :class:`~trainshed.contract.messages.AgentConfig`."""
        return self.root / "agent.json"

    @property
    def agent_lock(self) -> Path:
        """flock held by the agent while it lives; a second agent for the same folder leaves at once."""
        return self.root / "agent.lock"

    @property
    def agent_log(self) -> Path:
        return self.root / "agent.log"

    @property
    def state(self) -> Path:
        """``state.json``: the newest NodeReport, so that an adopter goes on counting."""
        return self.root / "state.json"

    @property
    def done(self) -> Path:
        """Written last: everything was acknowledged as durable; the folder may be pruned."""
        return self.root / "done.json"

    @property
    def stale(self) -> Path:
        """Where the folder goes when its attempt was given up: ``runs/<workspace>/<run>/<attempt>/stale/<node>/``."""
        return self.root.parent / "stale" / self.root.name

    @property
    def given(self) -> Path:
        """``given.json``: the snapshot's files under watched folders; unchanged, they are no outputs of the run."""
        return self.root / "given.json"

    @property
    def code(self) -> Path:
        """The script's cwd and sys.path[0]."""
        return self.root / "code"

    @property
    def inputs(self) -> Path:
        """Data of the run: downloads, folders of links; one folder for each input."""
        return self.root / "inputs"

    @property
    def mounted(self) -> Path:
        """Where the script, and nobody else, sees the whole file system read-only (node/inputs/mounting.py)."""
        return self.root / "mounted"

    @property
    def deliveries(self) -> Path:
        """What the script writes there is copied to its target at the end; one folder for each output."""
        return self.root / "deliveries"

    @property
    def azureml_logs(self) -> Path:
        return self.root / "azureml-logs"

    @property
    def environment_lock(self) -> Path:
        """The lock of the environment that was built for the run; shipped as the logs are."""
        return self.azureml_logs / ENVIRONMENT_LOCK

    @property
    def spool(self) -> Path:
        return self.root / "spool"

    @property
    def spool_acked(self) -> Path:
        """JSON ``{spool file name: durable byte count}``; replaced by rename; ``run.flush()`` watches it."""
        return self.spool / "acked"

    def rank(self, rank: int) -> RankLayout:
        return RankLayout(self.root / "ranks" / str(rank))

    def driver_log(self, rank: int, rank_count: int) -> str:
        """The log's name within the run (v1's): ``azureml-logs/70_driver_log.txt``, with several ranks
        ``70_driver_log_<rank>.txt``.
        """
        return "azureml-logs/70_driver_log%s.txt" % ("" if rank_count == 1 else "_%d" % rank)


@dataclass(frozen=True)
class RankLayout:
    """What agent and shim tell each other about one process."""

    root: Path

    @property
    def command(self) -> Path:
        """``command.json`` (0600): the :class:`~trainshed.contract.messages.ShimCommand`."""
        return self.root / "command.json"

    @property
    def shim_lock(self) -> Path:
        """flock held by the shim while it lives."""
        return self.root / "shim.lock"

    @property
    def started(self) -> Path:
        """``started.json``: :class:`~trainshed.contract.messages.StartedReport`; a shim that finds it leaves at
        once.
        """
        return self.root / "started.json"

    @property
    def stop(self) -> Path:
        """``stop.json``: :class:`~trainshed.contract.messages.StopOrder`; written before the shim gets SIGTERM."""
        return self.root / "stop.json"

    @property
    def exit(self) -> Path:
        """``exit.json``: the :class:`~trainshed.contract.records.ExitReport`; its being there proves that the whole
        tree is gone.
        """
        return self.root / "exit.json"
