"""Import every module of some packages with the standard library alone. Runs on the oldest Python, by itself.

    python3.8 -I -S bare_import.py < question.json

The question: {"src": folder, "packages": [...], "stdlib": [top-level names], "blocked": [names that answer as if they
were not there]}. The answer, on stdout: {"imported": [module, ...], "failed": {module: traceback}}.
"""

import importlib
import importlib.abc
import json
import os
import sys
import traceback
from pathlib import Path


class NotStandard(BaseException):
    """One of our modules asked for a foreign package. Not an ImportError, which the module might swallow."""


class Gate(importlib.abc.MetaPathFinder):
    """Stands first among the finders and lets through what a bare interpreter would have."""

    def __init__(self, question):
        self.src = question["src"] + os.sep
        self.ours = {name.partition(".")[0] for name in question["packages"]}
        self.stdlib = set(question["stdlib"])
        self.blocked = set(question["blocked"])

    def find_spec(self, fullname, path=None, target=None):
        top = fullname.partition(".")[0]
        if top in self.blocked:
            raise ModuleNotFoundError("%s is blocked" % top, name=fullname)
        if top not in self.ours and top not in self.stdlib:
            if self._asked_by_us():
                raise NotStandard("%s is not in the standard library" % fullname)
            # The standard library itself tries foreign names (copy asks for Jython's).
            raise ModuleNotFoundError("%s is not in the standard library" % fullname, name=fullname)

    def _asked_by_us(self):
        frame = sys._getframe(1)
        while frame and (frame.f_code.co_filename == __file__ or "importlib" in frame.f_code.co_filename):
            frame = frame.f_back
        return bool(frame) and frame.f_code.co_filename.startswith(self.src)


def modules_of(src, package):
    for file in sorted(Path(src, *package.split(".")).rglob("*.py")):
        parts = file.relative_to(src).with_suffix("").parts
        # A __main__ module is meant to run, not to be imported.
        if parts[-1] != "__main__":
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def main():
    question = json.load(sys.stdin)
    for name in question["blocked"]:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, Gate(question))
    sys.path.insert(0, question["src"])
    sys.dont_write_bytecode = True
    imported, failed = [], {}
    for package in question["packages"]:
        for module in modules_of(question["src"], package):
            try:
                importlib.import_module(module)
                imported.append(module)
            except BaseException:  # noqa: BLE001  whatever a module raises is the answer
                failed[module] = traceback.format_exc()
    print(json.dumps({"imported": imported, "failed": failed}))


if __name__ == "__main__":
    main()
