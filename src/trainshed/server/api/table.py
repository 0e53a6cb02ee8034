"""Every path of the REST interface in one table: the router and the OpenAPI description are both made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Tuple

from trainshed.contract import (
    api,
    compute,
    data_records,
    environment_records,
    history,
    messages,
    models,
    records,
    secrets,
    snapshot,
)
from trainshed.server.api import (
    attempt_routes,
    compute_routes,
    data_routes,
    environment_routes,
    experiment_routes,
    file_routes,
    model_routes,
    openapi,
    run_routes,
    secret_routes,
    server_routes,
    workspace_routes,
)
from trainshed.server.api.asking import Handler
from trainshed.server.services.callers import AGENT, RUN, USER

PREFIX = "/api/v1"

ANYONE: Tuple[str, ...] = ()
THE_USER = (USER,)
SDK = (USER, RUN)
ALL = (USER, RUN, AGENT)
THE_AGENT = (AGENT,)
USER_AND_AGENT = (USER, AGENT)


@dataclass(frozen=True)
class Endpoint:
    """One method of one path.

    Args:
        takes, gives: class of body and answer; ``bytes``; None for nothing.
        query: parameters, separated by blanks; a ``*`` behind one that may be given several times.
        status: of the answer when all goes well.
    """

    method: str
    path: str
    handler: Handler
    kinds: Tuple[str, ...]
    takes: Any = None
    gives: Any = None
    query: str = ""
    status: int = 200


_WS = "/workspaces/{ws}"
_EXPERIMENT = "/workspaces/{ws}/experiments/{name}"
_RUN = "/workspaces/{ws}/runs/{id}"
_STORES = "/workspaces/{ws}/datastores"
_SETS = "/workspaces/{ws}/datasets"
_ENVIRONMENTS = "/workspaces/{ws}/environments"
_MODELS = "/workspaces/{ws}/models"
_MODEL = "/workspaces/{ws}/models/{name}/{version}"
_SECRETS = "/workspaces/{ws}/secrets"
_MODEL_FILTERS = "name version tag* property* run dataset framework latest"
_FILTERS = (
    "experiment parent root type status* tag* property* target created_since created_before ended_since ended_before"
    " prefix limit after include_children"
)

ENDPOINTS: Tuple[Endpoint, ...] = (
    Endpoint("GET", "/health", server_routes.health, ANYONE, None, api.Health),
    # The most frequent ones first: the router takes the first that fits.
    Endpoint("GET", _RUN, run_routes.get_run, SDK, None, records.RunRecord, "known wait_s"),
    Endpoint("POST", "/attempts/{attempt}/sync", attempt_routes.sync, THE_AGENT, bytes, messages.SyncAnswer),
    Endpoint(
        "GET", "/attempts/{attempt}/orders", attempt_routes.orders, THE_AGENT, None, messages.OrdersAnswer,
        "after watched wait_s",
    ),
    Endpoint("GET", _RUN + "/details", run_routes.get_details, SDK, None, api.RunDetails),
    Endpoint("PATCH", _RUN, run_routes.patch_run, SDK, api.RunPatch, records.RunRecord),
    Endpoint("POST", _RUN + "/ending", run_routes.end_run, SDK, api.Ending, records.RunRecord),
    Endpoint("POST", _RUN + "/cancellation", run_routes.cancel_run, SDK, api.CancelAsk, records.RunRecord, "", 202),
    Endpoint(
        "GET", _RUN + "/metrics", run_routes.get_metrics, SDK, None, api.MetricsAnswer,
        "name recursive type detail",
    ),
    Endpoint("GET", _RUN + "/metrics/columns", run_routes.get_columns, SDK, None, bytes, "name recursive type"),
    Endpoint("GET", _RUN + "/files", file_routes.list_files, SDK, None, api.FilePage, "prefix"),
    Endpoint("POST", _RUN + "/files", file_routes.add_files, SDK, Tuple[api.FileAsk, ...], api.FilePage),
    Endpoint("GET", _RUN + "/files/{path:path}", file_routes.read_file, SDK, None, bytes, "offset limit wait_s"),
    Endpoint("PUT", _RUN + "/files/{path:path}", file_routes.put_file, SDK, bytes, records.FileEntry, "replace"),
    Endpoint("POST", _RUN + "/spool/{name}", run_routes.take_spool, SDK, bytes, api.SpoolAnswer, "offset"),
    Endpoint("POST", _WS + "/runs", run_routes.create_run, SDK, api.RunCreate, records.RunRecord, "", 201),
    Endpoint("GET", _WS + "/runs", run_routes.list_runs, SDK, None, api.RunPage, _FILTERS),
    Endpoint(
        "POST", "/workspaces", workspace_routes.get_or_create_workspace, SDK, api.WorkspaceAsk, records.WorkspaceRecord
    ),
    Endpoint(
        "GET", "/workspaces", workspace_routes.list_workspaces, THE_USER, None, Tuple[records.WorkspaceRecord, ...]
    ),
    Endpoint("GET", _WS + "/notes", workspace_routes.get_notes, SDK, None, history.WorkspaceNotes),
    Endpoint(
        "PATCH", _WS + "/notes", workspace_routes.patch_notes, THE_USER,
        history.WorkspacePatch, history.WorkspaceNotes,
    ),
    Endpoint(
        "GET", _WS + "/experiments", experiment_routes.list_experiments, SDK, None,
        Tuple[history.ExperimentView, ...], "view name tag*",
    ),
    Endpoint(
        "POST", _WS + "/experiments", experiment_routes.ensure_experiment, SDK,
        api.ExperimentAsk, history.ExperimentView,
    ),
    Endpoint("GET", _EXPERIMENT, experiment_routes.get_experiment, SDK, None, history.ExperimentView),
    Endpoint(
        "PATCH", _EXPERIMENT, experiment_routes.patch_experiment, SDK, history.ExperimentPatch, history.ExperimentView
    ),
    Endpoint("DELETE", _EXPERIMENT, experiment_routes.remove_experiment, THE_USER, None, history.ExperimentView),
    Endpoint("GET", _WS + "/targets", workspace_routes.list_targets, SDK, None, api.TargetPage),
    Endpoint("GET", _WS + "/compute", compute_routes.list_clusters, SDK, None, compute.ComputePage),
    Endpoint(
        "POST", _WS + "/compute", compute_routes.create, THE_USER, compute.ClusterAsk, compute.ClusterRecord, "", 201
    ),
    Endpoint("GET", _WS + "/compute/{name}", compute_routes.get, SDK, None, compute.ClusterRecord),
    Endpoint(
        "PATCH", _WS + "/compute/{name}", compute_routes.update, THE_USER, compute.ClusterPatch, compute.ClusterRecord
    ),
    Endpoint("DELETE", _WS + "/compute/{name}", compute_routes.delete, THE_USER, None, compute.ClusterRecord),
    Endpoint(
        "PUT", _WS + "/snapshots/{snapshot}", workspace_routes.put_snapshot, SDK, snapshot.Manifest, api.SnapshotAnswer
    ),
    Endpoint("GET", _WS + "/snapshots/{snapshot}", workspace_routes.get_snapshot, ALL, None, snapshot.Manifest),
    Endpoint("POST", "/blobs/have", file_routes.have_blobs, ALL, api.HaveAsk, api.HaveAnswer),
    Endpoint("POST", "/blobs/adopt", file_routes.adopt_blobs, USER_AND_AGENT, api.AdoptAsk, api.HaveAnswer),
    Endpoint("PUT", "/blobs/{sha256}", file_routes.put_blob, ALL, bytes, api.BlobPart, "offset size"),
    Endpoint("HEAD", "/blobs/{sha256}", file_routes.head_blob, ALL, None, None),
    Endpoint("GET", "/blobs/{sha256}", file_routes.get_blob, ALL, None, bytes),
    Endpoint("GET", _STORES, data_routes.list_datastores, SDK, None, data_records.DatastorePage),
    Endpoint(
        "POST", _STORES, data_routes.register_datastore, SDK,
        data_records.DatastoreAsk, data_records.DatastoreRecord, "", 201,
    ),
    Endpoint("GET", _STORES + "/{name}", data_routes.get_datastore, SDK, None, data_records.DatastoreRecord),
    Endpoint("DELETE", _STORES + "/{name}", data_routes.remove_datastore, THE_USER, None, data_records.DatastoreRecord),
    Endpoint(
        "POST", _STORES + "/{name}/default", data_routes.set_default_datastore, THE_USER,
        None, data_records.DatastoreRecord,
    ),
    Endpoint("GET", _SETS, data_routes.list_datasets, SDK, None, data_records.DatasetPage, "name"),
    Endpoint(
        "POST", _SETS, data_routes.keep_dataset, SDK, data_records.DatasetAsk, data_records.DatasetRecord, "", 201
    ),
    Endpoint("DELETE", _SETS, data_routes.unregister_dataset, THE_USER, None, data_records.DatasetPage, "name"),
    Endpoint("GET", _SETS + "/named", data_routes.find_dataset, SDK, None, data_records.DatasetRecord, "name version"),
    Endpoint("GET", _SETS + "/{id}", data_routes.get_dataset, SDK, None, data_records.DatasetRecord),
    Endpoint(
        "PATCH", _SETS + "/{id}", data_routes.patch_dataset, SDK,
        data_records.DatasetPatch, data_records.DatasetRecord,
    ),
    Endpoint("GET", _SETS + "/{id}/runs", data_routes.list_dataset_runs, SDK, None, data_records.DatasetUses),
    Endpoint(
        "GET", _ENVIRONMENTS, environment_routes.list_environments, SDK, None, environment_records.EnvironmentPage
    ),
    Endpoint(
        "POST", _ENVIRONMENTS, environment_routes.register_environment, SDK,
        environment_records.EnvironmentAsk, environment_records.EnvironmentRecord, "", 201,
    ),
    Endpoint(
        "GET", _ENVIRONMENTS + "/{name}", environment_routes.get_environment, SDK,
        None, environment_records.EnvironmentRecord, "version label",
    ),
    Endpoint(
        "GET", _ENVIRONMENTS + "/{name}/versions", environment_routes.list_versions, SDK,
        None, environment_records.EnvironmentPage,
    ),
    Endpoint(
        "POST", _ENVIRONMENTS + "/{name}/labels", environment_routes.label_environment, SDK,
        environment_records.LabelAsk, environment_records.EnvironmentRecord,
    ),
    Endpoint(
        "POST", _WS + "/wheels", environment_routes.add_wheel, SDK,
        environment_records.WheelAsk, environment_records.WheelRecord, "", 201,
    ),
    Endpoint("POST", _MODELS, model_routes.register_model, SDK, models.ModelAsk, models.ModelRecord, "", 201),
    Endpoint(
        "GET", _MODELS, model_routes.list_models, SDK, None, models.ModelPage, _MODEL_FILTERS + " limit after"
    ),
    Endpoint("GET", _MODELS + "/newest", model_routes.newest_model, SDK, None, models.ModelRecord, _MODEL_FILTERS),
    Endpoint("GET", _MODEL + "/files", model_routes.list_model_files, SDK, None, models.ModelFiles),
    Endpoint("PATCH", _MODEL, model_routes.patch_model, SDK, models.ModelPatch, models.ModelRecord),
    Endpoint("DELETE", _MODEL, model_routes.delete_model, THE_USER, None, models.ModelRecord),
    Endpoint("POST", _SECRETS, secret_routes.patch_secrets, THE_USER, secrets.SecretsPatch, secrets.SecretPage),
    Endpoint("GET", _SECRETS, secret_routes.list_secrets, THE_USER, None, secrets.SecretPage),
    Endpoint("POST", _SECRETS + "/values", secret_routes.read_secrets, SDK, secrets.SecretsAsk, secrets.SecretsAnswer),
    Endpoint("POST", "/portal/links", server_routes.make_link, SDK, api.LinkAsk, api.LinkAnswer),
    Endpoint("GET", "/server", server_routes.status, THE_USER, None, api.ServerStatus),
    Endpoint("POST", "/server/stop", server_routes.stop, THE_USER, None, api.Stopping),
    Endpoint("GET", "/usage", server_routes.usage, THE_USER, None, api.Usage),
    Endpoint("POST", "/prune", server_routes.prune, THE_USER, api.PruneAsk, api.PruneAnswer),
    Endpoint("GET", "/openapi.json", openapi.describe, ALL, None, None),
)  # fmt: skip
