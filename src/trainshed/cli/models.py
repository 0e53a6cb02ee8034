"""``trainshed models``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from trainshed.cli import exits
from trainshed.cli.times import local
from trainshed.contract import words

if TYPE_CHECKING:
    from trainshed.cli.output import Output
    from trainshed.cli.place import Place
    from trainshed.contract.models import ModelRecord

SUMMARY = "List, show, download, delete registered models."
COLUMNS = ("model", "registered", "size", "run", "tags")
_PAGE = 255


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, with which model."""
    parser.add_argument("action", nargs="?", default="list", choices=("list", "show", "download", "delete"))
    parser.add_argument("model", nargs="?", metavar="MODEL", help="a name (its newest version), or name:version")
    parser.add_argument("--tag", action="append", default=[], metavar="KEY[=VALUE]", help="of list: with this tag")
    parser.add_argument("--run", metavar="RUN", help="of list: registered from this run")
    parser.add_argument("--latest", action="store_true", help="of list: only the newest version of each name")
    parser.add_argument("-o", "--output", metavar="DIR", help="of download: where to; default: here")
    parser.add_argument("--force", action="store_true", help="of download: replace what is there")


def execute(args: argparse.Namespace, out: Output) -> int:
    """``delete`` wants the version, so that nobody deletes the newest by mistake."""
    from trainshed.cli.errors import BadUsage

    for action, given in (("list", args.tag or args.run or args.latest), ("download", args.force or args.output)):
        if given and args.action != action:
            raise BadUsage(why=f"An option was given that belongs to: trainshed models {action}")
    if args.action != "list" and not args.model:
        raise BadUsage(why=f"trainshed models {args.action}: say which MODEL.")
    if args.action == "delete" and ":" not in args.model:
        raise BadUsage(why=f"Say which version: trainshed models delete {args.model}:N")
    return {"list": _list, "show": _show, "download": _download, "delete": _delete}[args.action](args, out)


def _list(args: argparse.Namespace, out: Output) -> int:
    from trainshed.cli.place import open_place

    place = open_place()
    run = place.find(args.run).id if args.run else None
    name, _, version = (args.model or "").partition(":")
    found: list[ModelRecord] = []
    after = None
    while True:
        page = place.api.models.page(
            place.workspace.id, name=name or None, tags=args.tag, run=run, latest=args.latest, limit=_PAGE, after=after
        )
        found += [model for model in page.models if not version or str(model.version) == version]
        after = page.next
        if after is None:
            break
    if out.as_json:
        out.record({"models": found})
        return exits.DONE
    out.table(COLUMNS, [_row(model) for model in found])
    if not found:
        narrowed = args.model or args.tag or args.run
        out.remark("No model matches." if narrowed else "There is no model yet.\n  next: run.register_model(...)")
    return exits.DONE


def _row(model: ModelRecord) -> tuple[str, ...]:
    size = words.size(model.size_bytes)
    return (model.label, local(model.created_at), size, model.run_id or "", ", ".join(_pairs(model.tags)))


def _pairs(values: object) -> list[str]:
    return [name if value is None else f"{name}={value}" for name, value in dict(values).items()]  # type: ignore[call-overload]


def _show(args: argparse.Namespace, out: Output) -> int:
    from trainshed.cli.place import open_place

    place = open_place()
    model = _found(place, args.model)
    files = place.api.models.files(place.workspace.id, model.name, model.version)
    if out.as_json:
        out.record({"model": model, "files": files})
        return exits.DONE
    out.pairs([(name, value) for name, value in _facts(model) if value])
    out.line("\nfiles")
    for file in files:
        out.line(f"  {file.path}  {words.size(file.size_bytes)}")
    return exits.DONE


def _facts(model: ModelRecord) -> list[tuple[str, str]]:
    framework = " ".join(part for part in (model.framework, model.framework_version) if part)
    used = [f"{data.purpose}: {data.name or data.dataset_id}" for data in model.datasets]
    return [
        ("model", model.label),
        ("registered", f"{local(model.created_at)} by {model.created_by}"),
        ("description", model.description or ""),
        ("framework", framework),
        ("run", model.run_id or ""),
        ("experiment", model.experiment or ""),
        ("size", f"{words.size(model.size_bytes)} in {model.file_count} files"),
        ("tags", ", ".join(_pairs(model.tags))),
        ("properties", ", ".join(_pairs(model.properties))),
        ("datasets", ", ".join(used)),
    ]


def _download(args: argparse.Namespace, out: Output) -> int:
    from trainshed.cli.place import open_workspace
    from trainshed.sdk.models.model import Model

    wanted = _which(args.model)
    model = Model(open_workspace(), name=wanted.get("name"), id=wanted.get("id"))
    path = model.download(args.output or ".", exist_ok=args.force)
    if out.as_json:
        out.record({"model": model.id, "path": path})
    else:
        out.line(path)
    return exits.DONE


def _delete(args: argparse.Namespace, out: Output) -> int:
    from trainshed.cli.place import open_place

    place = open_place()
    model = _found(place, args.model)
    place.api.models.delete(place.workspace.id, model.name, model.version)
    if out.as_json:
        out.record({"deleted": model.label})
    else:
        out.line(model.label)
    return exits.DONE


def _found(place: Place, word: str) -> ModelRecord:
    from trainshed.sdk.models import identifying

    given = _which(word)
    name, version = identifying.which(given.get("name"), given.get("id"), None)
    return place.api.models.newest(place.workspace.id, name=name, version=version)


def _which(word: str) -> dict[str, str]:
    return {"id": word} if ":" in word else {"name": word}
