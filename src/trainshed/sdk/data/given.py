"""What a run was given: ``run.input_datasets``.

Follows: azureml.core.Run.input_datasets (1.11): a folder's path for what is mounted or downloaded, the dataset for the
rest. A dataset is found by the name of the input, and by the name that it is registered under, too.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, Iterator, Mapping, Optional, Tuple

if TYPE_CHECKING:
    from trainshed.contract.spec import DataInput

#: ``name:mode,...``: v1's list of the inputs of a process.
INPUTS = "AZUREML_DATASET_ENVIRONMENT_VARS"
VARIABLE = "AZUREML_DATAREFERENCE_"


class InputDatasets(Mapping[str, Any]):
    """A mapping that asks the server only for what the environment of the process does not tell.

    Args:
        run: a run, this process's own or another.
    """

    def __init__(self, run: Any) -> None:
        self._run = run
        self._asked: Optional[Tuple[DataInput, ...]] = None

    @property
    def _inputs(self) -> Tuple[DataInput, ...]:
        if self._asked is None:
            spec = self._run._api.details(*self._run._at).spec
            inputs = () if spec is None else spec.inputs
            self._asked = tuple(one for one in inputs if one.reference.get("dataset_id"))
        return self._asked

    def _here(self, name: str) -> Optional[str]:
        """The path of an input of this process."""
        if not self._run._is_own or _modes().get(name) in (None, "direct"):
            return None
        return os.environ.get(VARIABLE + name)

    def __getitem__(self, name: str) -> Any:
        path = self._here(name)
        if path is not None:
            return path
        for one in self._inputs:
            if name in (one.name, one.reference.get("name")):
                if self._run._is_own and one.mode != "direct":
                    return os.environ[VARIABLE + one.name]
                from trainshed.sdk.data.registered import of_input

                return of_input(self._run.experiment.workspace, one)
        raise KeyError("%s; the inputs of this run: %s" % (name, ", ".join(self) or "none"))

    def __iter__(self) -> Iterator[str]:
        names = _modes() if self._run._is_own else None
        return iter(names or [one.name for one in self._inputs])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return "InputDatasets(%s)" % ", ".join(self)


def _modes() -> Dict[str, str]:
    """The modes of this process's inputs, by name."""
    pairs = (entry.partition(":") for entry in os.environ.get(INPUTS, "").split(",") if entry)
    return {name: mode.lower() for name, _, mode in pairs}
