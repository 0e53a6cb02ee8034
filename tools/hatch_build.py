"""Build hook: in an editable install, too, our `azureml` comes before a real azureml-core.

A regular wheel carries a copy of src/azureml; a developer wants the files in the clone. So the editable wheel gets a
.pth line of the same meaning that puts the clone's `src` first.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PTH = "trainshed-v1.pth"
INSTALLED = 'os.path.join(locals().get("sitedir", os.devnull), "trainshed_v1")'


class EditableV1(BuildHookInterface[Any]):
    """Replaces what an editable wheel carries besides the path of `src`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before a wheel is built; `version` is "standard" or "editable"."""
        if version == "editable":
            build_data["force_include_editable"] = {str(self._editable_pth()): PTH}

    def _editable_pth(self) -> Path:
        line = (Path(self.root) / "tools" / PTH).read_text(encoding="utf-8")
        if INSTALLED not in line:
            raise RuntimeError(f"tools/{PTH} no longer holds {INSTALLED}: change tools/hatch_build.py with it.")
        # ascii() and not repr(): Python up to 3.12 reads .pth files in the encoding of the locale.
        path = Path(tempfile.mkdtemp(prefix="trainshed-build-")) / PTH
        path.write_text(line.replace(INSTALLED, ascii(str(Path(self.root) / "src"))), encoding="utf-8")
        return path

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary file once it lies in the wheel."""
        for source in build_data.get("force_include_editable", {}) if version == "editable" else ():
            Path(source).unlink(missing_ok=True)
            Path(source).parent.rmdir()
