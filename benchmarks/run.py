"""All benchmarks, one after the other, or those that are named; installs the peers first if asked to."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from measuring import options, peers, summary

BENCHMARKS = ("submit", "log", "reads", "files", "server", "imports", "environments")
_DEADLINE_S = 3600


def main() -> int:
    """The number of benchmarks that failed."""
    parser = options.parser(__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument(
        "--install", action="store_true", help="install the missing peers, and this checkout to measure it"
    )
    parser.add_argument("--install-only", action="store_true", help="install the missing peers and stop")
    namespace = parser.parse_args()
    unknown = [name for name in namespace.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are: {', '.join(BENCHMARKS)}")
    given = options.read(namespace)
    if namespace.install or namespace.install_only:
        peers.install(sorted(given.peers))
    if namespace.install:
        given = replace(given, python=peers.install_ours())
    failed = 0
    for name in () if namespace.install_only else namespace.names or BENCHMARKS:
        script = Path(__file__).resolve().parent / f"{name}.py"
        print(f"# {name}", flush=True)
        failed += not _run([sys.executable, str(script), *given.arguments()])
    if not namespace.install_only:
        table = summary.markdown(given.results, list(namespace.names or BENCHMARKS))
        (given.results / "summary.md").write_text(table)
        print(f"# summary\n\n{table}", flush=True)
    return failed


def _run(command: list[str]) -> bool:
    """Whether it ended well; one that hangs must not take the others along."""
    try:
        return subprocess.run(command, timeout=_DEADLINE_S).returncode == 0
    except subprocess.TimeoutExpired:
        print(f"{command[1]} was ended after {_DEADLINE_S} s", file=sys.stderr)
        return False


if __name__ == "__main__":
    sys.exit(main())
