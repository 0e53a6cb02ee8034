"""The tables that notebooks show: v1's columns where v1 had a table, the facts that tell a thing apart elsewhere.

What is asked of the server: a run's state now, and one link for a page; each link opens the portal logged in, once,
within 24 hours, and in a browser that is logged in it goes on leading to its page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Union

from trainshed.sdk.notebook import Link, Row, docs, in_time, listed, pairs, portal, table

if TYPE_CHECKING:
    from trainshed.sdk.compute.target import ComputeTarget
    from trainshed.sdk.configuration.environment import Environment
    from trainshed.sdk.data.abstract_dataset import AbstractDataset
    from trainshed.sdk.data.stores import AbstractDatastore
    from trainshed.sdk.experiment import Experiment
    from trainshed.sdk.models.model import Model
    from trainshed.sdk.run import Run
    from trainshed.sdk.workspace import Workspace

_PACKAGES = 10


def of_run(run: Run) -> str:
    """Requests: 2."""
    answers = in_time(lambda: (run.get_status(), run.get_portal_url()))
    seen = run._seen
    return table(
        [
            ("Experiment", run.experiment.name),
            ("Id", run.id),
            ("Type", "" if seen is None or seen.type is None else seen.type),
            ("Status", "" if seen is None else seen.status.value),
            ("Details Page", portal(None if answers is None else answers[1])),
            ("Docs Page", docs(run.get_docs_url())),
        ]
    )


def of_experiment(experiment: Experiment) -> str:
    """One request."""
    rows: List[Row] = [("Name", experiment.name), ("Workspace", experiment.workspace.name)]
    page = in_time(experiment.get_portal_url)
    return table([*rows, ("Report Page", portal(page)), ("Docs Page", docs(experiment.get_docs_url()))])


def of_workspace(workspace: Workspace) -> str:
    """One request."""
    return table(
        [
            ("Workspace", workspace.name),
            ("Subscription", workspace.subscription_id),
            ("Resource group", workspace.resource_group),
            ("Details Page", _page(workspace, "/?workspace=" + workspace._workspace_id)),
        ]
    )


def of_model(model: Model) -> str:
    """One request."""
    return table(
        [
            ("Name", model.name),
            ("Version", str(model.version)),
            ("Framework", " ".join(filter(None, (model.model_framework, model.model_framework_version)))),
            ("Tags", pairs(model.tags)),
            ("Run", model.run_id or ""),
            ("Details Page", _page(model.workspace, "/models", model.name, str(model.version))),
        ]
    )


def of_dataset(dataset: AbstractDataset) -> str:
    """One request if the server has kept it, as what is registered or given to a run; none otherwise."""
    rows: List[Row] = []
    if dataset.name is not None:
        rows += [("Name", dataset.name), ("Version", str(dataset.version))]
    rows += [("Type", type(dataset).__name__), ("Source", listed(dataset._sources()))]
    if dataset.name is not None:
        rows.append(("Tags", pairs(dataset.tags)))
    if dataset.id is not None and dataset._workspace is not None:
        rows.append(("Details Page", _page(dataset._workspace, "/datasets", dataset.id)))
    return table(rows)


def of_datastore(store: AbstractDatastore) -> str:
    """One request."""
    folder = store._seen.folder if store._seen is not None else None
    rows: List[Row] = [("Name", store.name), ("Type", store.datastore_type), ("Workspace", store.workspace.name)]
    rows += [("Folder", folder)] if folder else []
    page = _page(store.workspace, "/datasets?workspace=" + store.workspace._workspace_id)
    return table([*rows, ("Details Page", page)])


def of_environment(environment: Environment) -> str:
    """No request."""
    own = environment.python.user_managed_dependencies
    dependencies = environment.python.conda_dependencies
    python, packages = environment.python.interpreter_path, "as they are there"
    if not own and dependencies is not None:
        python = dependencies.get_python_version() or "any"
        names = [*dependencies.conda_packages, *dependencies.pip_packages]
        packages = listed([str(name) for name in names if not str(name).startswith("python=")], _PACKAGES)
    rows: List[Row] = [("Name", environment.name or ""), ("Version", environment.version or "not registered")]
    rows += [("Python", python), ("Packages", packages)]
    return table([*rows, ("As of", environment.as_of)] if environment.as_of else rows)


def of_compute(target: ComputeTarget) -> str:
    """As last seen. One request."""
    settings = target._seen.settings
    return table(
        [
            ("Name", target.name),
            ("Workspace", target.workspace.name),
            ("Type", target.type),
            ("State", target.provisioning_state),
            ("VM size", settings.vm_size),
            ("Nodes", "%d to %d" % (settings.min_nodes, settings.max_nodes)),
            ("Details Page", _page(target.workspace, "/compute", target.name)),
        ]
    )


def _page(workspace: Workspace, area: str, *names: str) -> Union[str, Link]:
    """The link to a page of the portal: of one thing of the workspace, if it is named."""
    from urllib.parse import quote

    path = "/".join([area, *(quote(name, safe="") for name in (workspace._workspace_id, *names))]) if names else area
    return portal(in_time(lambda: workspace._api.link(path)))
