"""Records of models become pages: pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from trainshed.contract import words
from trainshed.contract.models import ModelDataset, ModelFile, ModelRecord
from trainshed.contract.records import RunRecord
from trainshed.server.portal.addresses import page_of, with_query
from trainshed.server.portal.framing import Choice, Link
from trainshed.server.portal.models.asking import ModelsAsk
from trainshed.server.portal.models.pages import ModelFact, ModelFileLine, ModelLine, ModelPage, ModelsPage
from trainshed.server.portal.texts import count, minute


def href_of(model: ModelRecord) -> str:
    """The path of a version's page."""
    return page_of("models", model.workspace_id, model.name, model.version)


def model_line(model: ModelRecord) -> ModelLine:
    """A version as lists show it."""
    return ModelLine(
        name=model.name,
        version=model.version,
        href=href_of(model),
        versions_href=page_of("models", model.workspace_id, model.name),
        created_at=model.created_at,
        size=words.size(model.size_bytes),
        framework=_framework(model),
        run_id=model.run_id or "",
        run_href=page_of("runs", model.workspace_id, model.run_id) if model.run_id else "",
        tags=_tags(model.tags),
        description=model.description or "",
    )


def models_page(
    workspace_id: str, ask: ModelsAsk, models: Sequence[ModelRecord], frameworks: Sequence[str], after: str | None
) -> ModelsPage:
    """A list of versions, newest first; ``after``: what the next page begins after, None at the end."""
    path = page_of("models", workspace_id, ask.name) if ask.name else "/models"
    own = [] if ask.name else [("workspace", workspace_id)]
    choices = ["", *frameworks] if ask.framework in ("", *frameworks) else ["", *frameworks, ask.framework]
    return ModelsPage(
        title=ask.name or "Models",
        name=ask.name,
        here=with_query(path, [*own, *ask.pairs(), ("after", ask.after)]),
        path=path,
        workspace="" if ask.name else workspace_id,
        models=tuple(map(model_line, models)),
        frameworks=tuple(Choice(value, value or "any", value == ask.framework) for value in choices),
        tag=ask.tag,
        narrowed=ask.narrowed,
        all_href=with_query(path, own),
        list_href=with_query("/models", [("workspace", workspace_id)]),
        older=with_query(path, [*own, *ask.pairs(), ("after", after)]) if after else "",
    )


def model_page(
    model: ModelRecord, files: Sequence[ModelFile], versions: Sequence[ModelRecord], run: RunRecord | None
) -> ModelPage:
    """The page of a version; ``versions`` of its name, newest first; ``run``: which it came from, if that is there."""
    return ModelPage(
        title=model.label,
        name=model.name,
        version=model.version,
        description=model.description or "",
        created_at=model.created_at,
        facts=_facts(model),
        lineage=(*_from_run(model, run), *_from_data(model)),
        tags=_tags(model.tags),
        properties=tuple(ModelFact(name, value or "") for name, value in model.properties.items()),
        files=tuple(
            ModelFileLine(file.path, words.size(file.size_bytes), f"{href_of(model)}/files/{quote(file.path)}")
            for file in files
        ),
        versions=tuple(Link(str(one.version), href_of(one), one.version == model.version) for one in versions),
        zip_href=f"{href_of(model)}/files.zip",
        versions_href=page_of("models", model.workspace_id, model.name),
        list_href=with_query("/models", [("workspace", model.workspace_id)]),
        code=f"Model(ws, {model.name!r}, version={model.version}).download('.')",
    )


def _framework(model: ModelRecord) -> str:
    return " ".join(part for part in (model.framework, model.framework_version) if part)


def _tags(tags: Mapping[str, str | None]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value or "") for name, value in tags.items())


def _facts(model: ModelRecord) -> tuple[ModelFact, ...]:
    resources = model.resources
    asked = {"CPU": resources.cpu, "GPU": resources.gpu} if resources else {}
    memory = f"{resources.memory_in_gb:g} GiB" if resources and resources.memory_in_gb else ""
    facts = {
        "Registered": f"{minute(model.created_at)} UTC by {model.created_by}",
        "Changed": f"{minute(model.updated_at)} UTC" if model.updated_at != model.created_at else "",
        "Framework": _framework(model),
        "Content": f"{count(model.file_count, 'file')}, {words.size(model.size_bytes)}",
        **{name: f"{value:g}" for name, value in asked.items() if value},
        "Memory": memory,
    }
    return tuple(ModelFact(name, value) for name, value in facts.items() if value)


def _from_run(model: ModelRecord, run: RunRecord | None) -> list[ModelFact]:
    if model.run_id is None:
        return []
    facts = [ModelFact("Run", model.run_id, page_of("runs", model.workspace_id, model.run_id) if run else "")]
    if model.experiment:
        there = page_of("experiments", model.workspace_id, run.experiment) if run else ""
        facts.append(ModelFact("Experiment", model.experiment, there))
    if run is not None and run.snapshot_id:
        facts.append(ModelFact("Snapshot", run.snapshot_id))
    return facts


def _from_data(model: ModelRecord) -> list[ModelFact]:
    facts = [ModelFact(one.purpose or "Dataset", _dataset(one), _data_href(model, one)) for one in model.datasets]
    for name, dataset in (("Sample input", model.sample_input_dataset_id), ("output", model.sample_output_dataset_id)):
        if dataset:
            facts.append(ModelFact(name, dataset, page_of("datasets", model.workspace_id, dataset)))
    return facts


def _data_href(model: ModelRecord, dataset: ModelDataset) -> str:
    return page_of("datasets", model.workspace_id, dataset.dataset_id)


def _dataset(dataset: ModelDataset) -> str:
    return f"{dataset.name}:{dataset.version}" if dataset.name else dataset.dataset_id
