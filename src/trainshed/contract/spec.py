"""The RunSpec: what every front door (Estimator, ScriptRunConfig, the command) compiles to and every engine executes.

Complete (a RunSpec can be submitted again exactly), printable before anything happens, and free of secrets.
"""

from __future__ import annotations

from typing import Any, Mapping, Optional, Tuple

from trainshed.contract.frozen import dataclass, field

#: Properties of a run: the kind of its target; that its author said ``use_gpu=True`` (``True``), or the words for what
#: else asks for a GPU; why it has no GPU all the same.
TARGET_TYPE = "_azureml.ComputeTargetType"
WANTS_GPU = "trainshed.use_gpu"
GPU_WARNING = "trainshed.gpu"


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
class PackagesSpec:
    """What an environment that we build shall hold, as it was asked for: nothing is resolved yet.

    Args:
        python: the version asked for, such as ``3.8`` or ``3.6.2``, or a condition such as ``>=3.8,<3.11``; empty:
            nobody named one.
        conda: match specs as given, without ``python`` and ``pip``.
        pip: requirement lines as given, options (``--extra-index-url URL``) among them; no file is named, but wheels
            of the content store (``contract/packages/wheels.py``) may be. ``contract/packages`` translates it all.
        constraints: requirement lines that are not asked for, but hold for what is (pip's ``-c``).
        channels: conda's, most important first.
        as_of: an ISO date: resolve as of that day.
    """

    python: str = ""
    conda: Tuple[str, ...] = ()
    pip: Tuple[str, ...] = ()
    constraints: Tuple[str, ...] = ()
    channels: Tuple[str, ...] = ()
    as_of: Optional[str] = None


@dataclass(frozen=True)
class EnvironmentSpec:
    """What the command runs in.

    ``kind``: ``user_managed`` (``interpreter`` is an absolute path, or a name looked up on the node's PATH) or
    ``packages`` (built from ``packages``; ``interpreter`` is the Python that submits, whose version is taken where
    nobody asks for one); images come with a later release.
    ``definition`` is v1's serialised Environment, kept for ``run.get_environment()``.
    """

    kind: str = "user_managed"
    name: Optional[str] = None
    version: Optional[str] = None
    interpreter: str = "python"
    packages: Optional[PackagesSpec] = None
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
class DataPath:
    """One place that data comes from.

    Args:
        kind: ``folder`` (``root`` is an absolute folder, ``pattern`` relative to it with forward slashes; it may hold
            ``*``, ``?`` and ``**``, name one file or folder, or be empty for the whole folder) or ``url`` (``root`` is
            an http(s) URL of one file).
        datastore: the name of the datastore that ``root`` belongs to, for people.
    """

    kind: str
    root: str
    pattern: str = ""
    datastore: Optional[str] = None


@dataclass(frozen=True)
class DataStep:
    """One narrowing of a dataset's files, in order of name: ``skip`` and ``take`` (``count``), or ``sample``: those
    whose place in the unit interval, drawn from ``seed`` and the file's number, lies in [``low``, ``high``).
    """

    kind: str
    count: int = 0
    low: float = 0.0
    high: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class DataInput:
    """Data that must be in place before the command starts.

    Args:
        mode: ``mount`` (read in place), ``download`` (copied to the node) or ``direct`` (only named).
        paths: where it lies; several, a pattern, or ``steps``: a folder of links is made of them.
        path_on_compute: where the script expects it, relative to its working folder or absolute; None: a folder of the
            run's.
        overwrite: whether a download may replace files that are there.
        writable: the script may write into what is mounted (v1's DataReference); else a mount is read-only.
        variables: under which names of the environment the script finds the path.
        reference: facts for people and lineage: ``dataset_id``, ``name``, ``version``.
    """

    name: str
    mode: str
    paths: Tuple[DataPath, ...] = ()
    steps: Tuple[DataStep, ...] = ()
    path_on_compute: Optional[str] = None
    overwrite: bool = False
    writable: bool = False
    variables: Tuple[str, ...] = ()
    reference: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DataOutput:
    """What the run writes to ``path_on_compute`` (None: a folder of the run's) and is copied to ``target`` at its end.
    ``target``: a ``folder`` with the pattern of a folder within it. ``variables``: as in DataInput.
    """

    name: str
    target: Optional[DataPath] = None
    path_on_compute: Optional[str] = None
    overwrite: bool = False
    variables: Tuple[str, ...] = ()
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
