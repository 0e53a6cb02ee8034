"""From datasets, references and outputs among a run's arguments to its inputs and outputs, checked.

Follows: azureml.core.script_run_config, azureml.train.estimator (1.62): what an argument becomes, and under which names
of the environment a script finds its data.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from trainshed.contract.errors import BadValue
from trainshed.contract.tuples import NamedTuple

if TYPE_CHECKING:
    from trainshed.contract.spec import DataInput, DataOutput
    from trainshed.contract.spec import DataPath as SpecPath
    from trainshed.sdk.configuration.run_configuration import RunConfiguration
    from trainshed.sdk.data.abstract_dataset import AbstractDataset
    from trainshed.sdk.data.consumption import DatasetConsumptionConfig
    from trainshed.sdk.data.outputs import OutputFileDatasetConfig
    from trainshed.sdk.data.reference import DataReference
    from trainshed.sdk.workspace import Workspace

VARIABLE = "AZUREML_DATAREFERENCE_"
#: Variables that make a process work: no input takes their place, whatever its name.
_KEPT = frozenset({"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR", "TERM", "PWD", "HOSTNAME"})
_KEPT_PREFIXES = ("LD_", "LC_", "PYTHON", "AZUREML_", "TRAINSHED_", "CUDA_", "NCCL_", "OMPI_", "UV_", "PIP_")


class Taken(NamedTuple):
    """What is left of arguments once the data is taken out: texts, and what they refer to.

    Args:
        arguments: as they were given, with a text in the place of each dataset, reference or output.
    """

    arguments: Any
    inputs: Tuple[DataInput, ...] = ()
    outputs: Tuple[DataOutput, ...] = ()


def take_inputs(
    arguments: Any, inputs: Any, run_config: Optional[RunConfiguration], workspace: Optional[Workspace]
) -> Taken:
    """Replace data among arguments by what the script is to read there, and describe the data.

    A dataset in direct mode becomes its id; everything else ``$AZUREML_DATAREFERENCE_<name>``, which the node replaces
    by a path. Nothing among the arguments: no request. Else one for each datastore, and one for each dataset that
    nothing has kept yet.

    Args:
        arguments: a list with texts, numbers, datasets, DatasetConsumptionConfigs, DataReferences, datastores,
            OutputFileDatasetConfigs; or one text, or None.
        inputs: further ones that no argument names, such as an estimator's.
        run_config: its ``data``, ``data_references`` and ``output_data`` are taken, too.
        workspace: of the run.

    Raises:
        NoFiles, DatastoreWithoutFolder, UrlUnreachable, DatastoreNotFound, DatasetNotFound: data that is not there.
        BadValue: two of the same name; what is no input.
    """
    taker = _Taker(workspace)
    if isinstance(arguments, (list, tuple)):
        arguments = [taker.text_of(item) for item in arguments]
    for item in _listed(inputs):
        if not taker.is_data(item):
            raise BadValue(what="inputs: %r" % (item,), why="give a dataset's as_named_input(...), or a DataReference")
        taker.text_of(item)
    if run_config is not None:
        taker.take_config(run_config)
    return Taken(arguments, tuple(taker.inputs.values()), tuple(taker.outputs.values()))


def _listed(inputs: Any) -> List[Any]:
    if inputs is None:
        return []
    return list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]


class _Taker:
    """Collects the data of one run."""

    def __init__(self, workspace: Optional[Workspace]) -> None:
        self._given_workspace = workspace
        self.inputs: Dict[str, DataInput] = {}
        self.outputs: Dict[str, DataOutput] = {}

    @property
    def _workspace(self) -> Workspace:
        if self._given_workspace is None:
            raise BadValue(what="data of a run", why="its workspace is not known")
        return self._given_workspace

    # --- arguments

    def is_data(self, item: Any) -> bool:
        """Whether an argument stands for data."""
        return _door_of(item) is not None

    def text_of(self, item: Any) -> Any:
        """What takes the place of an argument; itself where it is no data."""
        door = _door_of(item)
        return item if door is None else door(self, item)

    def _dataset(self, dataset: AbstractDataset) -> str:
        return self._consumption(dataset.as_named_input("input_" + os.urandom(4).hex()))

    def _consumption(self, given: DatasetConsumptionConfig) -> str:
        made = self._input_of(given)
        return str(made.reference["dataset_id"]) if made.mode == "direct" else "$%s%s" % (VARIABLE, given.name)

    def _reference(self, reference: DataReference) -> str:
        name = reference.data_reference_name
        self._refer(
            name,
            reference.datastore,
            reference.path_on_datastore or "",
            reference.mode,
            reference.path_on_compute,
            overwrite=bool(reference.overwrite),
            only_read=reference._only_read,
        )
        return "$%s%s" % (VARIABLE, name)

    def _store(self, store: Any) -> str:
        return self._reference(store.as_mount())

    def _output(self, output: OutputFileDatasetConfig) -> str:
        from trainshed.sdk.data.outputs import DEFAULT_PATH

        store, path = output.destination or (self._workspace.get_default_datastore(), DEFAULT_PATH)
        path = path.replace("{output-name}", output.name)
        self._add_output(output.name, store, path, output.source, overwrite=output._overwrite, is_dataset=True)
        return "$%s%s" % (VARIABLE, output.name)

    # --- inputs and outputs

    def _input_of(self, given: DatasetConsumptionConfig, *, variable: Optional[str] = None) -> DataInput:
        from trainshed.contract.spec import DataInput
        from trainshed.contract.wire import format_time
        from trainshed.sdk.data.places import require_any, require_reachable

        dataset = given.dataset
        paths = dataset._rooted()
        require_any(paths)
        record = dataset._kept(self._workspace)
        facts = {
            "dataset_id": record.id,
            "name": record.name,
            "version": record.version,
            "created_at": format_time(record.created_at),
        }
        made = DataInput(
            name=given.name,
            mode=given.mode,
            paths=tuple(paths),
            steps=tuple(dataset._steps),
            path_on_compute=given.path_on_compute,
            variables=_variables(given.name, variable),
            reference={key: value for key, value in facts.items() if value is not None},
        )
        if given.mode != "direct":
            require_reachable([path.root for path in paths if path.kind == "url"])
        return self._add_input(made)

    def _refer(
        self,
        name: str,
        store: Any,
        path: str,
        mode: str,
        path_on_compute: Optional[str],
        *,
        overwrite: bool,
        only_read: bool = False,
    ) -> None:
        if mode == "upload":
            self._add_output(name, store, path, path_on_compute, overwrite=overwrite, is_dataset=False)
            return
        from trainshed.contract.spec import DataInput
        from trainshed.contract.spec import DataPath as SpecPath

        lies = SpecPath("folder", store._folder, path, store.name)
        writable = mode == "mount" and not only_read
        _require_or_make(lies, writable=writable)
        self._add_input(
            DataInput(
                name=name,
                mode=mode,
                paths=(lies,),
                path_on_compute=path_on_compute,
                overwrite=overwrite,
                writable=writable,
                variables=(VARIABLE + name,),
            )
        )

    def _add_input(self, made: DataInput) -> DataInput:
        if made.name in self.outputs or self.inputs.setdefault(made.name, made) != made:
            raise BadValue(what="input %r" % made.name, why="two inputs of a run have this name; choose another")
        return made

    def _add_output(
        self, name: str, store: Any, path: str, path_on_compute: Optional[str], *, overwrite: bool, is_dataset: bool
    ) -> None:
        from trainshed.contract.spec import DataOutput
        from trainshed.contract.spec import DataPath as SpecPath
        from trainshed.sdk.data.transfer import folder_in

        target = SpecPath("folder", store._folder, folder_in("path of output %r" % name, path), store.name)
        variables = _variables(name, None) if is_dataset else (VARIABLE + name,)
        made = DataOutput(name, target, path_on_compute, overwrite=overwrite, variables=variables)
        if name in self.inputs or self.outputs.setdefault(name, made) != made:
            raise BadValue(what="output %r" % name, why="two inputs or outputs of a run have this name; choose another")

    # --- the sections of a run configuration

    def take_config(self, run_config: RunConfiguration) -> None:
        """``data``, ``data_references`` and ``output_data``, each a dict by name."""
        from trainshed.sdk.configuration.data import Data, DataReferenceConfiguration, OutputData

        sections: Tuple[Tuple[str, type, Callable[[str, Any], None]], ...] = (
            ("data_references", DataReferenceConfiguration, self._take_reference),
            ("data", Data, self._take_data),
            ("output_data", OutputData, self._take_output),
        )
        for section, kind, take in sections:
            for name, item in _section(run_config, section).items():
                if self.is_data(item):
                    self.text_of(item)
                elif isinstance(item, kind):
                    take(name, item)
                else:
                    what = "run_config.%s[%r]" % (section, name)
                    raise BadValue(what=what, why="give a %s, not %r" % (kind.__name__, item))

    def _take_reference(self, name: str, item: Any) -> None:
        store = self._named(item.data_store_name)
        path = item.path_on_data_store or ""
        self._refer(name, store, path, str(item.mode).lower(), item.path_on_compute, overwrite=bool(item.overwrite))

    def _take_data(self, name: str, item: Any) -> None:
        from trainshed.sdk.data.consumption import DatasetConsumptionConfig

        mode, location = str(item.mechanism).lower(), item.data_location
        if location is not None and location.dataset is not None:
            dataset = self._find(location.dataset)
            given = DatasetConsumptionConfig(name, dataset, mode, item.path_on_compute)
            self._input_of(given, variable=item.environment_variable_name)
        elif location is not None and location.data_path is not None:
            store = self._named(location.data_path.datastore_name)
            path = location.data_path.relative_path or ""
            self._refer(name, store, path, mode, item.path_on_compute, overwrite=bool(item.overwrite))
        else:
            raise BadValue(what="run_config.data[%r]" % name, why="its data_location names no dataset and no data_path")

    def _take_output(self, name: str, item: Any) -> None:
        location, options = item.output_location, item.additional_options
        if location is None or location.data_path is None:
            raise BadValue(what="run_config.output_data[%r]" % name, why="its output_location names no data_path")
        store = self._named(location.data_path.datastore_name)
        path = location.data_path.relative_path or ""
        source = None if options is None else options.path_on_compute
        upload = None if options is None else options.upload_options
        overwrite = str(item.mechanism).lower() == "mount" or (upload is not None and bool(upload.overwrite))
        self._add_output(name, store, path, source, overwrite=overwrite, is_dataset=True)

    def _named(self, name: Any) -> Any:
        from trainshed.sdk.data.stores import named

        return self._workspace.get_default_datastore() if not name else named(self._workspace, str(name))

    def _find(self, location: Any) -> Any:
        from trainshed.sdk.data import registered

        if location.id:
            return registered.by_id(self._workspace, location.id)
        return registered.by_name(self._workspace, location.name, location.version)


def _door_of(item: Any) -> Optional[Callable[[_Taker, Any], str]]:
    """What takes an argument; None for texts, numbers and paths. Loads nothing for those."""
    if not str(type(item).__module__).startswith("trainshed.sdk.data"):
        return None
    from trainshed.sdk.data.abstract_dataset import AbstractDataset
    from trainshed.sdk.data.consumption import DatasetConsumptionConfig
    from trainshed.sdk.data.outputs import OutputFileDatasetConfig
    from trainshed.sdk.data.reference import DataReference
    from trainshed.sdk.data.stores import AbstractAzureStorageDatastore

    doors: Mapping[type, Callable[[_Taker, Any], str]] = {
        DatasetConsumptionConfig: _Taker._consumption,
        AbstractDataset: _Taker._dataset,
        DataReference: _Taker._reference,
        AbstractAzureStorageDatastore: _Taker._store,
        OutputFileDatasetConfig: _Taker._output,
    }
    return next((door for kind, door in doors.items() if isinstance(item, kind)), None)


def _variables(name: str, further: Optional[str]) -> Tuple[str, ...]:
    """v1's: the input's name as it is and in capitals, unless that would take a variable away that processes need."""
    wanted = [VARIABLE + name, name, name.upper(), further or ""]
    kept = [
        one for one in wanted if one not in _KEPT and (one.startswith(VARIABLE) or not one.startswith(_KEPT_PREFIXES))
    ]
    return tuple(dict.fromkeys(filter(None, kept)))


def _section(run_config: RunConfiguration, name: str) -> Mapping[str, Any]:
    section = getattr(run_config, name) or {}
    if not isinstance(section, Mapping):
        raise BadValue(what="run_config.%s" % name, why="give a dict by name")
    return section


def _require_or_make(path: SpecPath, *, writable: bool) -> None:
    """What is read must be there; a folder that scripts may write to comes to be."""
    from trainshed.contract.data import has_wildcard
    from trainshed.sdk.data.places import require_any

    whole = os.path.join(path.root, path.pattern)
    if writable and not has_wildcard(path.pattern):
        if not os.path.exists(whole):
            os.makedirs(whole, exist_ok=True)
        return
    require_any([path])


def check_places(taken: Taken, script: str) -> None:
    """Where data is to be, as far as that can be told without the run's folder; links in it are the node's to follow.

    Args:
        script: the run's, relative to its folder; empty for a command.

    Raises:
        BadValue: a relative place that is the run's folder, leaves it, or hides the script; one within another.
    """
    wishes = [(one.name, one.path_on_compute, one.mode == "mount") for one in taken.inputs if one.mode != "direct"]
    wishes += [(one.name, one.path_on_compute, False) for one in taken.outputs]
    placed: List[Tuple[str, str]] = []
    for name, wanted, is_mount in wishes:
        if not isinstance(wanted, str) or not wanted:
            continue
        why = _why_not_at(wanted, script, is_mount=is_mount)
        if why is not None:
            raise BadValue(what="path_on_compute %r of %r" % (wanted, name), why=why)
        placed.append((name, os.path.normpath(wanted) + os.sep))
    _check_apart(placed)


def _check_apart(placed: Sequence[Tuple[str, str]]) -> None:
    for number, (name, place) in enumerate(placed):
        for other, taken in placed[:number]:
            if place.startswith(taken) or taken.startswith(place):
                why = "neither it nor that of %r, %r, may lie within the other; choose another place"
                raise BadValue(what="path_on_compute %r of %r" % (place[:-1], name), why=why % (other, taken[:-1]))


def _why_not_at(wanted: str, script: str, *, is_mount: bool) -> Optional[str]:
    place = os.path.normpath(wanted)
    if os.path.isabs(place):
        return None
    if place in (os.curdir, os.pardir) or place.startswith(os.pardir + os.sep):
        return "give a place below the run's folder, such as 'data', or an absolute path"
    # A mount covers what lies below it; copies go beside it.
    if script and ((place + "/").startswith(script + "/") or (is_mount and script.startswith(place + "/"))):
        return "the run's script %r lies there; choose another place" % script
    return None


def described(taken: Taken) -> Dict[str, Any]:
    """The sections ``data``, ``dataReferences`` and ``outputData`` of v1's run definition."""
    data: Dict[str, Any] = {}
    references: Dict[str, Any] = {}
    for one in taken.inputs:
        if one.reference.get("dataset_id"):
            data[one.name] = _described_dataset(one)
        else:
            references[one.name] = _described_path(one.paths[0], one.mode, one.path_on_compute, one.overwrite)
    outputs = {}
    for output in taken.outputs:
        if output.target is not None:
            outputs[output.name] = _described_path(output.target, "upload", output.path_on_compute, output.overwrite)
    return {"data": data, "dataReferences": references, "outputData": outputs}


def _described_dataset(given: DataInput) -> Dict[str, Any]:
    facts = given.reference
    dataset = {"id": facts.get("dataset_id"), "name": facts.get("name"), "version": facts.get("version")}
    return {
        "dataLocation": {"dataset": dataset, "dataPath": None},
        "mechanism": given.mode.capitalize(),
        "environmentVariableName": given.name,
        "pathOnCompute": given.path_on_compute,
        "overwrite": given.overwrite,
    }


def _described_path(path: SpecPath, mode: str, path_on_compute: Optional[str], overwrite: bool) -> Dict[str, Any]:
    return {
        "dataStoreName": path.datastore,
        "pathOnDataStore": path.pattern or None,
        "mode": mode.capitalize(),
        "pathOnCompute": path_on_compute,
        "overwrite": overwrite,
    }
