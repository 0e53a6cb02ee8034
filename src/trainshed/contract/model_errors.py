"""Errors of the model registry and the key vault.

v1 raised a WebserviceException for a model that is missing; scripts also catch ModelNotFoundException: both fit here.
"""

from __future__ import annotations

from trainshed.contract.errors import BadRequest, Coded, Conflict, NotFound
from trainshed.contract.exceptions import (
    ModelNotFoundException,
    ModelPathNotFoundException,
    ServiceException,
    UserErrorException,
    WebserviceException,
)


class BadModelName(Coded, WebserviceException, UserErrorException, BadRequest):
    code = "bad_model_name"
    text = (
        "Model name {name!r} is not allowed: 1 to 255 characters, a letter or digit first, then letters, digits, "
        "'-', '.' or '_'."
    )


class ModelNotFound(Coded, WebserviceException, ModelNotFoundException, UserErrorException, NotFound):
    code = "model_not_found"
    text = (
        "ModelNotFound: Model with {wanted} not found in provided workspace. {known} Make it with "
        "run.register_model(model_name=..., model_path='outputs/...') or Model.register(ws, model_path, model_name)."
    )


class ModelPathNotFound(Coded, ModelPathNotFoundException, UserErrorException, NotFound):
    code = "model_path_not_found"
    text = "Could not locate the provided model_path {path} in the set of files uploaded to the run: {known}. {hint}"


class ModelFileStillWritten(Coded, ModelPathNotFoundException, UserErrorException, Conflict):
    code = "model_file_still_written"
    text = (
        "File {path!r} of run {run_id!r} is still being written ({size_bytes} bytes so far); a model of it would be "
        "torn. Register it when the script has closed it, or after run.wait_for_completion()."
    )


class ModelSourceMissing(Coded, WebserviceException, ModelPathNotFoundException, UserErrorException, BadRequest):
    code = "model_source_missing"
    text = "Error, provided model path {path!r} {why}."


class ModelPropertyExists(Coded, WebserviceException, UserErrorException, Conflict):
    code = "model_property_exists"
    text = (
        "Property {name!r} of model {model} is {old!r} already and properties cannot be changed. Use a tag: "
        "model.add_tags(...)"
    )


class ModelExistsHere(Coded, WebserviceException, UserErrorException, Conflict):
    code = "model_exists_here"
    text = "File already exists. To overwrite, set exist_ok to True. {path}"


class ModelNotInCache(Coded, ModelNotFoundException, UserErrorException, NotFound):
    code = "model_not_in_cache"
    text = (
        "Model {model!r} not found in cache at {cache!r} or in current working directory {folder!r}. Outside of a run, "
        "give the workspace to fetch it from: Model.get_model_path({model!r}, _workspace=ws)"
    )


class ModelCannot(Coded, UserErrorException, BadRequest, AttributeError):
    code = "model_cannot"
    text = "Model.{name} is not offered by Trainshed. {why}; see docs/compatibility.md."


class SecretNotFound(Coded, UserErrorException, NotFound):
    code = "secret_not_found"
    text = (
        "SecretNotFound: workspace {workspace!r} has no secret {name!r}. Set it with "
        "ws.get_default_keyvault().set_secret({name!r}, value)"
    )


class VaultKeyMissing(Coded, ServiceException, Conflict):
    code = "vault_key_missing"
    text = (
        "The secrets of this home cannot be read: {why}. Bring {path} back from where you keep it, or delete the "
        "secrets and set them anew."
    )
