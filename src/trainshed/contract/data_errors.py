"""Errors about datastores and datasets."""

from __future__ import annotations

from typing import Any

from trainshed.contract.errors import BadRequest, Coded, Conflict, NotFound
from trainshed.contract.exceptions import HttpOperationError, UserErrorException


class DatasetValidationError(UserErrorException):
    """A dataset cannot be what it was said to be.

    Follows: azureml.data.dataset_error_handling.
    """

    def __init__(self, message: str = "", exception: Any = None, **kwargs: Any) -> None:
        super().__init__(message, inner_exception=exception, **kwargs)


class DatasetExecutionError(UserErrorException):
    """A dataset's files could not be had.

    Follows: azureml.data.dataset_error_handling.
    """

    def __init__(self, message: str = "", exception: Any = None, **kwargs: Any) -> None:
        super().__init__(message, inner_exception=exception, **kwargs)


class DatastoreNotFound(Coded, HttpOperationError, UserErrorException, NotFound):
    """Follows: v1 raised ``msrest.exceptions.HttpOperationError``; scripts catch that."""

    code = "datastore_not_found"
    text = (
        "Could not find datastore {name!r} in this workspace. Those that exist: {known}.{near} "
        "Make it with Datastore.register_azure_blob_container(workspace, {name!r}, container_name, account_name)."
    )

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        self.status_code = 404


class DatastoreExists(Coded, UserErrorException, Conflict):
    code = "datastore_exists"
    text = (
        "There is a datastore {name!r} already, registered otherwise ({difference}). "
        "Pass overwrite=True to replace it, or choose another name."
    )


class DatastoreFixed(Coded, UserErrorException, Conflict):
    code = "datastore_fixed"
    text = "Datastore {name!r} belongs to every workspace; it cannot be {what}."


class DatastoreWithoutFolder(Coded, DatasetExecutionError, BadRequest):
    code = "datastore_without_folder"
    text = "Datastore {name!r} ({type}) is in Azure, which is not asked. {line}"


class DatasetNotFound(Coded, UserErrorException, NotFound):
    code = "dataset_not_found"
    text = (
        "There is no dataset {what} in this workspace. Registered: {known}.{near} "
        "Make it with Dataset.File.from_files(path).register(workspace, {name!r})."
    )


class DatasetExists(Coded, UserErrorException, Conflict):
    code = "dataset_exists"
    text = (
        "There is already a dataset registered under name {name!r} (version {version}, another definition). "
        "Specify `create_new_version=True` to register the dataset as a new version."
    )


class NoFiles(Coded, DatasetValidationError, BadRequest):
    code = "no_files"
    text = "{what} matches no file: {why}"


class DataInTheWay(Coded, DatasetExecutionError, Conflict):
    code = "data_in_the_way"
    text = "{path} exists already. Pass overwrite=True to replace it, or choose another folder."


class DataTroubled(Coded, DatasetExecutionError, BadRequest):
    code = "data_troubled"
    text = "{path} cannot be {what}: {why}"
