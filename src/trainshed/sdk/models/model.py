"""A registered model: found, described, changed, brought here.

Follows: azureml.core.model.Model (1.11 and 1.62). Known differences: ``deploy``, ``package``, ``profile`` and
``get_sas_urls`` come in a later release or not at all; registering prints nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Mapping, NoReturn, Optional, Sequence, Tuple, Union

from trainshed.contract.errors import BadValue
from trainshed.contract.model_errors import ModelCannot
from trainshed.contract.models import ModelPatch, ModelRecord
from trainshed.sdk.labels import mapping, tag_values
from trainshed.sdk.models import identifying

if TYPE_CHECKING:
    from datetime import datetime

    from trainshed.sdk.resource_configuration import ResourceConfiguration
    from trainshed.sdk.run import Run
    from trainshed.sdk.workspace import Workspace

#: Where ``Model.get_model_path`` looks and downloads to, below the current folder.
MODELS_DIR = "azureml-models"

_PAGE = 255
_LATER = ("deploy", "package", "profile", "print_configuration")
_NEVER = ("get_sas_urls",)
_MIME_TYPE = "application/json"  # what v1 says of every model


class Framework:
    """Constants for ``model_framework``.

    Follows: azureml.core.model.Model.Framework.
    """

    CUSTOM = "Custom"
    TENSORFLOW = "TensorFlow"
    SCIKITLEARN = "ScikitLearn"
    ONNX = "Onnx"
    TFKERAS = "TfKeras"
    PYTORCH = "PyTorch"
    MULTI = "Multi"


class _Offers(type):
    """So that ``Model.deploy`` says in words that it comes later, and still counts as missing."""

    def __getattr__(cls, name: str) -> NoReturn:
        raise _missing(name)


class Model(metaclass=_Offers):
    """A version of a registered model.

    Args:
        workspace: where it is registered.
        name: of this name the newest version that fits the rest.
        id: ``name:version``.
        tags, properties: keys, ``[key, value]`` pairs, or a dict; all must hold.
        version: a number.
        run_id: registered from this run.
        model_framework: of this framework.
        expand: no effect: nothing is left out.

    Raises:
        ModelNotFound (a WebserviceException): there is none; says which there are. Asked at once, one request.
    """

    Framework = Framework

    def __init__(
        self,
        workspace: Workspace,
        name: Optional[str] = None,
        id: Optional[str] = None,
        tags: Any = None,
        properties: Any = None,
        version: Union[int, str, None] = None,
        run_id: Optional[str] = None,
        model_framework: Optional[str] = None,
        expand: bool = True,
        **kwargs: Any,
    ) -> None:
        if name is None and id is None:
            raise BadValue(what="Model", why="give its name, or its id such as 'my-model:1'")
        wanted_name, wanted_version = identifying.which(name, id, version)
        record = workspace._api.models.newest(
            workspace._workspace_id,
            name=wanted_name,
            version=wanted_version,
            tags=identifying.labels("tags", tags),
            properties=identifying.labels("properties", properties),
            run=run_id,
            framework=model_framework,
        )
        self._take(workspace, record)

    def _take(self, workspace: Workspace, record: ModelRecord) -> None:
        self._workspace = workspace
        self._record = record
        self._run: Optional[Run] = None

    @classmethod
    def _of(cls, workspace: Workspace, record: ModelRecord) -> Model:
        made = cls.__new__(cls)
        made._take(workspace, record)
        return made

    # --- registered and found

    @staticmethod
    def register(
        workspace: Workspace,
        model_path: Any,
        model_name: str,
        tags: Optional[Mapping[str, Any]] = None,
        properties: Optional[Mapping[str, Any]] = None,
        description: Optional[str] = None,
        datasets: Optional[Sequence[Tuple[str, Any]]] = None,
        model_framework: Optional[str] = None,
        model_framework_version: Optional[str] = None,
        child_paths: Optional[Sequence[str]] = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Optional[ResourceConfiguration] = None,
        **kwargs: Any,
    ) -> Model:
        """Register a file or folder of this computer as the next version of a name.

        Args:
            model_path: the file, or the folder with all that is below it.
            model_name: ``[a-zA-Z0-9][a-zA-Z0-9-._]{0,254}``.
            tags: may be changed later.
            properties: may be added to, not changed.
            datasets: pairs of a purpose, such as ``training data``, and a dataset.
            model_framework: see ``Model.Framework``.
            child_paths: of the folder ``model_path`` only these, relative to it.
            sample_input_dataset, sample_output_dataset: examples of what goes in and comes out.
            resource_configuration: what a service of it needs.

        Requests: 1 on the server's computer; elsewhere 2, plus 1 for each content that the server lacks.

        Raises:
            ModelSourceMissing: there is no such file or folder. BadModelName. Nothing is registered then.
        """
        from trainshed.sdk.models import registering

        about = registering.About(
            model_name,
            tags=tags,
            properties=properties,
            description=description,
            datasets=datasets,
            framework=model_framework,
            framework_version=model_framework_version,
            sample_input_dataset=sample_input_dataset,
            sample_output_dataset=sample_output_dataset,
            resource_configuration=resource_configuration,
        )
        return Model._of(workspace, registering.from_here(workspace, about, model_path, child_paths))

    @staticmethod
    def list(
        workspace: Workspace,
        name: Optional[str] = None,
        tags: Any = None,
        properties: Any = None,
        run_id: Optional[str] = None,
        latest: bool = False,
        dataset_id: Optional[str] = None,
        expand: bool = True,
        page_count: Optional[int] = None,
        model_framework: Optional[str] = None,
    ) -> List[Model]:
        """Models, newest first. One request for each ``page_count`` (255) of them.

        Args:
            name, tags, properties, run_id, model_framework: as for :class:`Model`.
            latest: of those that fit only the newest version of each name.
            dataset_id: only those made from this dataset.
            expand: no effect.
        """
        found: List[Model] = []
        after = None
        while True:
            page = workspace._api.models.page(
                workspace._workspace_id,
                name=name,
                tags=identifying.labels("tags", tags),
                properties=identifying.labels("properties", properties),
                run=run_id,
                dataset=dataset_id,
                framework=model_framework,
                latest=bool(latest),
                limit=int(page_count or _PAGE),
                after=after,
            )
            found += [Model._of(workspace, record) for record in page.models]
            after = page.next
            if after is None:
                return found

    @staticmethod
    def get_model_path(
        model_name: str, version: Union[int, str, None] = None, _workspace: Optional[Workspace] = None
    ) -> str:
        """Where a model's file or folder lies on this computer; brought to ``./azureml-models`` if need be.

        In a run, and with ``_workspace``, the newest version (or ``version``) of that workspace. Elsewhere what
        ``./azureml-models/<name>/<version>/`` holds (the highest number), or ``./<name>``.

        Raises:
            ModelNotFound, ModelNotInCache (both a ModelNotFoundException): it is nowhere.
        """
        from trainshed.sdk.models import paths

        return paths.find(model_name, identifying.number(version), _workspace)

    # --- what is known

    @property
    def workspace(self) -> Workspace:
        """Where it is registered."""
        return self._workspace

    @property
    def name(self) -> str:
        """Its name."""
        return self._record.name

    @property
    def version(self) -> int:
        """From 1 within the name."""
        return self._record.version

    @property
    def id(self) -> str:
        """``name:version``."""
        return self._record.label

    @property
    def description(self) -> Optional[str]:
        """In the user's words."""
        return self._record.description

    @property
    def tags(self) -> Dict[str, Optional[str]]:
        """A copy; ``add_tags`` changes them."""
        return dict(self._record.tags)

    @property
    def properties(self) -> Dict[str, Optional[str]]:
        """A copy; ``add_properties`` adds some."""
        return dict(self._record.properties)

    @property
    def model_framework(self) -> Optional[str]:
        """As it was registered."""
        return self._record.framework

    @property
    def model_framework_version(self) -> Optional[str]:
        """As it was registered."""
        return self._record.framework_version

    @property
    def created_time(self) -> datetime:
        """Aware UTC."""
        return self._record.created_at

    @property
    def created_by(self) -> Dict[str, str]:
        """``{'userName': ...}``: the user, or the run whose script registered it."""
        return {"userName": self._record.created_by}

    @property
    def run_id(self) -> Optional[str]:
        """The run that it came from."""
        return self._record.run_id

    @property
    def experiment_name(self) -> Optional[str]:
        """The experiment of that run."""
        return self._record.experiment

    @property
    def run(self) -> Optional[Run]:
        """The run that it came from, None if there is none. One request, once."""
        if self._run is None and self._record.run_id is not None:
            from trainshed.sdk.run import Run

            self._run = Run.get(self._workspace, self._record.run_id)
        return self._run

    @property
    def datasets(self) -> Dict[str, List[Any]]:
        """The datasets that it was made from, by purpose. One request for each, at every look."""
        found: Dict[str, List[Any]] = {}
        for told in self._record.datasets:
            found.setdefault(told.purpose, []).append(self._dataset(told.dataset_id))
        return found

    @property
    def sample_input_dataset(self) -> Any:
        """An example of what goes in, None if there is none. One request."""
        return self._dataset(self._record.sample_input_dataset_id)

    @property
    def sample_output_dataset(self) -> Any:
        """An example of what comes out, None if there is none. One request."""
        return self._dataset(self._record.sample_output_dataset_id)

    def _dataset(self, dataset_id: Optional[str]) -> Any:
        if dataset_id is None:
            return None
        from trainshed.sdk.data import registered

        return registered.by_id(self._workspace, dataset_id)

    @property
    def resource_configuration(self) -> Optional[ResourceConfiguration]:
        """What a service of it needs, None if nothing was said."""
        if self._record.resources is None:
            return None
        from trainshed.sdk.resource_configuration import ResourceConfiguration

        return ResourceConfiguration(**self._record.resources.__dict__)

    @property
    def mime_type(self) -> str:
        """Always ``application/json``, as v1 says."""
        return _MIME_TYPE

    @property
    def unpack(self) -> bool:
        """Always False: a folder is kept as its files."""
        return False

    @property
    def url(self) -> str:
        """``aml://asset/<id>``, v1's form: it names the content, and no browser opens it."""
        return "aml://asset/" + self._record.id

    # --- brought here

    def download(self, target_dir: str = ".", exist_ok: bool = False, exists_ok: Optional[bool] = None) -> str:
        """Bring the file, or the folder, into ``target_dir``; where it lies then.

        Requests: 1, and 1 for each file; on the server's own computer, outside of runs, 1 in all.

        Args:
            target_dir: made if it is missing.
            exist_ok: replace files that are there.
            exists_ok: v1's older name of it.

        Raises:
            ModelExistsHere (a WebserviceException): one is there; nothing was written.
        """
        from trainshed.sdk.models import fetching

        replace = bool(exist_ok if exists_ok is None else exists_ok)
        return fetching.bring(self._workspace, self._record, target_dir, replace=replace)

    # --- changed

    def update(
        self,
        tags: Optional[Mapping[str, Any]] = None,
        description: Optional[str] = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Optional[ResourceConfiguration] = None,
    ) -> None:
        """Replace what is given; None leaves it as it is. ``tags`` replaces all tags. One request."""
        from trainshed.sdk.models import registering

        self._patch(
            ModelPatch(
                tags=None if tags is None else tag_values(tags),
                description=description,
                sample_input_dataset_id=registering.dataset_id(self._workspace, sample_input_dataset),
                sample_output_dataset_id=registering.dataset_id(self._workspace, sample_output_dataset),
                resources=registering.resources(resource_configuration),
            )
        )

    def update_tags_properties(
        self,
        add_tags: Optional[Mapping[str, Any]] = None,
        remove_tags: Optional[Sequence[str]] = None,
        add_properties: Optional[Mapping[str, Any]] = None,
    ) -> None:
        """Change tags, add properties; all of it or nothing. One request.

        Raises:
            ModelPropertyExists: a property has another value already.
        """
        removed = (remove_tags,) if isinstance(remove_tags, str) else tuple(str(tag) for tag in remove_tags or ())
        self._patch(
            ModelPatch(
                set_tags=tag_values(add_tags or {}),
                remove_tags=removed,
                add_properties=tag_values(mapping("properties", add_properties or {})),
            )
        )

    def add_tags(self, tags: Mapping[str, Any]) -> None:
        """Add tags, or change them. One request."""
        self.update_tags_properties(add_tags=tags)

    def remove_tags(self, tags: Sequence[str]) -> None:
        """Remove tags by key; one that is not there is no error. One request."""
        self.update_tags_properties(remove_tags=tags)

    def add_properties(self, properties: Mapping[str, Any]) -> None:
        """Add properties. ModelPropertyExists: one has another value already. One request."""
        self.update_tags_properties(add_properties=properties)

    def add_dataset_references(self, datasets: Sequence[Tuple[str, Any]]) -> None:
        """Add to the datasets that it was made from: pairs of a purpose and a dataset. One request."""
        from trainshed.sdk.models import registering

        self._patch(ModelPatch(add_datasets=registering.datasets(self._workspace, datasets)))

    def delete(self) -> None:
        """Delete this version; its number is not given again. One request."""
        self._workspace._api.models.delete(self._workspace._workspace_id, self.name, self.version)

    def _patch(self, patch: ModelPatch) -> None:
        api, workspace_id = self._workspace._api.models, self._workspace._workspace_id
        self._record = api.patch(workspace_id, self.name, self.version, patch)

    # --- written down

    def serialize(self) -> Dict[str, Any]:
        """A JSON value of it, under v1's keys."""
        from trainshed.sdk.models import serializing

        return serializing.to_payload(self._record, self.url, _MIME_TYPE)

    @staticmethod
    def deserialize(workspace: Workspace, model_payload: Mapping[str, Any]) -> Model:
        """The model that :meth:`serialize` wrote down. No request."""
        from trainshed.sdk.models import serializing

        return Model._of(workspace, serializing.of_payload(workspace._workspace_id, model_payload))

    def __getattr__(self, name: str) -> NoReturn:
        raise _missing(name)

    def __repr__(self) -> str:
        return "Model(workspace=%r, name=%s, id=%s, version=%s, tags=%s, properties=%s)" % (
            self._workspace,
            self.name,
            self.id,
            self.version,
            self.tags,
            self.properties,
        )

    def _repr_html_(self) -> str:
        from trainshed.sdk import tables

        return tables.of_model(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model):
            return NotImplemented
        return self._record.id == other._record.id

    def __hash__(self) -> int:
        return hash(self._record.id)


def _missing(name: str) -> AttributeError:
    if name in _LATER:
        return ModelCannot(name=name, why="It comes in a later release")
    if name in _NEVER:
        return ModelCannot(name=name, why="There is no Azure storage to link to; use model.download(target_dir)")
    return AttributeError("type object 'Model' has no attribute %r" % name)
