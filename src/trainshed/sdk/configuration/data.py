"""The sections of a run configuration that name data: what must be in place before the command starts, and outputs.

Follows: azureml.core.runconfig (1.11, and what 1.62 added).
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from trainshed.contract.errors import BadValue
from trainshed.sdk.configuration.element import Element, Field

SUPPORTED_DATAREF_MODES = ["mount", "download", "upload"]
SUPPORTED_DELIVERY_MECHANISM = ["direct", "mount", "download", "upload"]
SUPPORTED_OUTPUT_MECHANISM = ["mount", "upload"]


class DataReferenceConfiguration(Element):
    """A path of a datastore. ``mode``: mount, download or upload."""

    FIELDS = (
        Field("data_store_name", "text"),
        Field("path_on_data_store", "text"),
        Field("mode", "text"),
        Field("overwrite", "bool"),
        Field("path_on_compute", "text"),
    )

    def __init__(
        self,
        datastore_name: Optional[str] = None,
        mode: str = "mount",
        path_on_datastore: Optional[str] = None,
        path_on_compute: Optional[str] = None,
        overwrite: bool = False,
    ) -> None:
        self.data_store_name = datastore_name
        self.path_on_data_store = path_on_datastore
        self.path_on_compute = path_on_compute
        self.mode = _one_of("mode", mode, SUPPORTED_DATAREF_MODES)
        self.overwrite = overwrite


class Dataset(Element):
    """A registered dataset, by id or name."""

    FIELDS = (Field("id", "text"), Field("name", "text"), Field("version", "text"))

    def __init__(
        self,
        dataset_id: Optional[str] = None,
        dataset_name: Optional[str] = None,
        dataset_version: Optional[str] = None,
    ) -> None:
        self.id = dataset_id
        self.name = dataset_name
        self.version = dataset_version


class DataPath(Element):
    """A path of a datastore, by the datastore's name."""

    FIELDS = (Field("datastore_name", "text"), Field("relative_path", "text"))

    def __init__(self, datastore_name: Optional[str] = None, relative_path: Optional[str] = None) -> None:
        self.datastore_name = datastore_name
        self.relative_path = relative_path


class Uri(Element):
    """A path anywhere (1.62)."""

    FIELDS = (Field("path", "text"), Field("is_file", "bool"))

    def __init__(self, path: Optional[str] = None, is_file: bool = False) -> None:
        self.path = path
        self.is_file = is_file


class DataLocation(Element):
    """A dataset, a path of a datastore, or a URI. ``datapath`` is 1.11's name of ``data_path``."""

    FIELDS = (
        Field("dataset", "section", Dataset),
        Field("data_path", "section", DataPath),
        Field("uri", "section", Uri),
    )

    def __init__(
        self,
        dataset: Optional[Dataset] = None,
        data_path: Optional[DataPath] = None,
        uri: Optional[Uri] = None,
        datapath: Optional[DataPath] = None,
    ) -> None:
        self.dataset = dataset
        self.data_path = data_path if data_path is not None else datapath
        self.uri = uri

    @property
    def datapath(self) -> Optional[DataPath]:
        """1.11's name of ``data_path``."""
        return self.data_path

    @datapath.setter
    def datapath(self, value: Optional[DataPath]) -> None:
        self.data_path = value


class Data(Element):
    """An input of a run. ``mechanism``: direct, mount, download or upload."""

    FIELDS = (
        Field("data_location", "section", DataLocation),
        Field("create_output_directories"),
        Field("mechanism", "text"),
        Field("environment_variable_name", "text"),
        Field("path_on_compute", "text"),
        Field("overwrite", "bool"),
        Field("options", "map"),
    )

    def __init__(
        self,
        data_location: Optional[DataLocation] = None,
        create_output_directories: Optional[bool] = None,
        mechanism: str = "direct",
        environment_variable_name: Optional[str] = None,
        path_on_compute: Optional[str] = None,
        overwrite: bool = False,
        options: Optional[Dict[str, str]] = None,
    ) -> None:
        self.data_location = data_location
        self.create_output_directories = create_output_directories
        self.mechanism = _one_of("mechanism", mechanism, SUPPORTED_DELIVERY_MECHANISM)
        self.environment_variable_name = environment_variable_name
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite
        self.options = options

    @staticmethod
    def create(data: Any) -> Data:
        """The section that says the same as a DatasetConsumptionConfig, or as a dataset, whose name it then has.

        Raises:
            BadValue: it is neither, or a dataset without a name, or one that was never registered.
        """
        from trainshed.sdk.data.abstract_dataset import AbstractDataset
        from trainshed.sdk.data.consumption import DatasetConsumptionConfig

        if isinstance(data, AbstractDataset) and data.name:
            import re

            data = DatasetConsumptionConfig(re.sub(r"[^A-Za-z0-9_]", "_", data.name), data)
        if not isinstance(data, DatasetConsumptionConfig):
            why = "give a registered dataset, or dataset.as_named_input('name')"
            raise BadValue(what="data %r" % (data,), why=why)
        dataset = data.dataset
        if dataset.id is None:
            raise BadValue(what="data %r" % data.name, why="register the dataset first: the section names it by its id")
        version = None if dataset.version is None else str(dataset.version)
        return Data(
            DataLocation(Dataset(dataset.id, dataset.name, version)),
            mechanism=data.mode,
            environment_variable_name=data.name,
            path_on_compute=data.path_on_compute,
        )


class RegistrationOptions(Element):
    """Under which name an output is registered (1.62)."""

    FIELDS = (
        Field("name", "text"),
        Field("description", "text"),
        Field("tags", "map"),
        Field("dataset_registration_options"),
    )

    def __init__(
        self,
        name: Optional[str] = None,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        dataset_registration_options: Any = None,
    ) -> None:
        self.name = name
        self.description = description
        self.tags = tags
        self.dataset_registration_options = dataset_registration_options


class DatasetRegistrationOptions(Element):
    """What is done to a dataset before it is registered (1.62)."""

    FIELDS = (Field("additional_transformation", "text"),)

    def __init__(self, additional_transformations: Optional[str] = None) -> None:
        self.additional_transformation = additional_transformations


class GlobsOptions(Element):
    """Patterns of files (1.62)."""

    FIELDS = (Field("patterns", "texts"),)

    def __init__(self, patterns: Optional[List[str]] = None) -> None:
        self.patterns = patterns


class UploadOptions(Element):
    """How an output is uploaded (1.62)."""

    FIELDS = (Field("overwrite", "bool"), Field("source_globs", "section", GlobsOptions))

    def __init__(self, overwrite: bool = False, source_globs: Optional[GlobsOptions] = None) -> None:
        self.overwrite = overwrite
        self.source_globs = source_globs


class MountOptions(Element):
    """How an output is mounted (1.62)."""

    FIELDS = (Field("disable_metadata_cache", "bool"),)

    def __init__(self, disable_metadata_cache: bool = False) -> None:
        self.disable_metadata_cache = disable_metadata_cache


class OutputOptions(Element):
    """Where an output lies on the node, and what happens to it (1.62)."""

    FIELDS = (
        Field("path_on_compute", "text"),
        Field("registration_options", "section", RegistrationOptions),
        Field("upload_options", "section", UploadOptions),
        Field("mount_options", "section", MountOptions),
    )

    def __init__(
        self,
        path_on_compute: Optional[str] = None,
        registration_options: Optional[RegistrationOptions] = None,
        upload_options: Optional[UploadOptions] = None,
        mount_options: Optional[MountOptions] = None,
    ) -> None:
        self.path_on_compute = path_on_compute
        self.registration_options = registration_options
        self.upload_options = upload_options
        self.mount_options = mount_options


class OutputData(Element):
    """An output of a run that is stored elsewhere at its end (1.62). ``mechanism``: mount or upload."""

    FIELDS = (
        Field("output_location", "section", DataLocation),
        Field("mechanism", "text"),
        Field("additional_options", "section", OutputOptions),
    )

    def __init__(
        self,
        output_location: Optional[DataLocation] = None,
        mechanism: str = "mount",
        additional_options: Optional[OutputOptions] = None,
    ) -> None:
        self.output_location = output_location
        self.mechanism = _one_of("mechanism", mechanism, SUPPORTED_OUTPUT_MECHANISM)
        self.additional_options = additional_options


def _one_of(what: str, value: str, allowed: List[str]) -> str:
    if str(value).lower() not in allowed:
        raise BadValue(what="%s %r" % (what, value), why="use one of %s" % ", ".join(allowed))
    return value
