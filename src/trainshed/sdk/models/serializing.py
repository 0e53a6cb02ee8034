"""A model as a JSON value under v1's keys, and back."""

from __future__ import annotations

from typing import Any, Dict, Mapping

from trainshed.contract import wire
from trainshed.contract.errors import BadValue
from trainshed.contract.models import ModelRecord

_FIELDS = {
    "name": "name",
    "version": "version",
    "description": "description",
    "framework": "framework",
    "frameworkVersion": "framework_version",
    "tags": "tags",
    "properties": "properties",
    "runId": "run_id",
    "experimentName": "experiment",
    "sampleInputDatasetId": "sample_input_dataset_id",
    "sampleOutputDatasetId": "sample_output_dataset_id",
    "createdTime": "created_at",
    "modifiedTime": "updated_at",
}
_RESOURCES = {"cpu": "cpu", "memoryInGB": "memory_in_gb", "gpu": "gpu"}
# Ours: what v1 has no key for.
_OURS = ("root", "is_folder", "size_bytes", "file_count")


def to_payload(model: ModelRecord, url: str, mime_type: str) -> Dict[str, Any]:
    """JSON values only."""
    payload = {key: wire.to_wire(getattr(model, name)) for key, name in _FIELDS.items()}
    resources = model.resources
    datasets = [
        {"name": d.purpose, "id": d.dataset_id, "dataset": d.name, "version": d.version} for d in model.datasets
    ]
    return {
        **payload,
        "id": model.label,
        "url": url,
        "mimeType": mime_type,
        "unpack": False,
        "createdBy": {"userName": model.created_by},
        "datasets": datasets,
        "resourceRequirements": None
        if resources is None
        else {key: getattr(resources, name) for key, name in _RESOURCES.items()},
        "trainshed": {name: getattr(model, name) for name in _OURS},
    }


def of_payload(workspace_id: str, payload: Mapping[str, Any]) -> ModelRecord:
    """BadValue: it is none of :func:`to_payload`."""
    try:
        values = {name: payload[key] for key, name in _FIELDS.items()}
        values.update({name: payload["trainshed"][name] for name in _OURS})
        resources = payload.get("resourceRequirements")
        values["resources"] = None if resources is None else {n: resources[k] for k, n in _RESOURCES.items()}
        values["datasets"] = [
            {"purpose": d["name"], "dataset_id": d["id"], "name": d["dataset"], "version": d["version"]}
            for d in payload["datasets"]
        ]
        values["id"] = str(payload["url"]).rpartition("/")[2]
        values["created_by"] = payload["createdBy"]["userName"]
        values["workspace_id"] = workspace_id
        return wire.from_wire(ModelRecord, values)
    except (KeyError, TypeError, ValueError) as error:
        raise BadValue(what="model_payload", why="it is not what Model.serialize() gives (%s)" % error) from error
