"""The RunSpec: what every front door (Estimator, ScriptRunConfig, the command) compiles to and every engine executes.

Complete (a RunSpec can be submitted again exactly), printable before anything happens, and free of secrets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Tuple


@dataclass(frozen=True)
class CommandSpec:
    """What is started: ``interpreter script arguments...``, or ``command`` as it stands (v1 1.62) when that is not
    empty.

    ``script`` is relative to the source folder, with forward slashes.
    """

    script: str
    arguments: Tuple[str, ...] = ()
    command: Tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceSpec:
    """The code: a snapshot in the content store. None: the run starts in an empty folder."""

    snapshot_id: Optional[str] = None


@dataclass(frozen=True)
class EnvironmentSpec:
    """What the command runs in.

    ``kind``: ``user_managed`` (``interpreter`` is an absolute path, or a name looked up on the node's PATH); others
    come with later releases.
    ``definition`` is v1's serialised Environment, kept for ``run.get_environment()``.
    """

    kind: str = "user_managed"
    name: Optional[str] = None
    version: Optional[str] = None
    interpreter: str = "python"
    variables: Mapping[str, str] = field(default_factory=dict)
    definition: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TopologySpec:
    """Over how many nodes and processes the command runs. ``launcher``: none, mpi, torch, tensorflow or ray."""

    node_count: int = 1
    processes_per_node: int = 1
    launcher: str = "none"
    parameter_servers: int = 0
    workers: int = 0


@dataclass(frozen=True)
class DataInput:
    """Data that must be in place before the command starts. ``mode``: direct, mount, download or upload."""

    name: str
    mode: str
    reference: Mapping[str, Any] = field(default_factory=dict)
    path_on_compute: Optional[str] = None
    overwrite: bool = False


@dataclass(frozen=True)
class DataOutput:
    """A folder of the run that is stored elsewhere at its end."""

    name: str
    reference: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LimitsSpec:
    """``max_duration_s``: of Running, None for no limit. ``grace_s``: between SIGTERM and SIGKILL. ``retries``:
    after a lost or killed supervisor.
    """

    max_duration_s: Optional[float] = None
    grace_s: float = 10.0
    retries: int = 0


@dataclass(frozen=True)
class HistorySpec:
    """What is kept besides metrics and the driver log: ``outputs/`` if ``output_collection``, and the named folders."""

    output_collection: bool = True
    directories_to_watch: Tuple[str, ...] = ("logs",)
    snapshot_project: bool = True


@dataclass(frozen=True)
class RunSpec:
    """One run, whole. ``definition`` is v1's camelCase run definition, as ``get_details()['runDefinition']`` shows
    it.
    """

    command: CommandSpec
    source: SourceSpec = SourceSpec()
    environment: EnvironmentSpec = EnvironmentSpec()
    target: str = "local"
    topology: TopologySpec = TopologySpec()
    inputs: Tuple[DataInput, ...] = ()
    outputs: Tuple[DataOutput, ...] = ()
    limits: LimitsSpec = LimitsSpec()
    history: HistorySpec = HistorySpec()
    variables: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, Optional[str]] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    definition: Mapping[str, Any] = field(default_factory=dict)
