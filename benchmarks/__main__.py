"""List the benchmarks, or run one: ``python -m benchmarks``, ``python -m benchmarks NAME``."""

import ast
import importlib
import sys
from pathlib import Path


def main() -> None:
    """Run the named script with its options, or say which there are."""
    scripts = {
        path.stem: ast.get_docstring(ast.parse(path.read_text())).splitlines()[0]
        for path in sorted(Path(__file__).parent.glob("*.py"))
        if path.stem != "__main__" and "def main(" in path.read_text()
    }
    name, *options = sys.argv[1:] or ["--help"]
    if name in ("-h", "--help"):
        for known, what in scripts.items():
            print(f"{known}: {what}")
        print("\npython -m benchmarks NAME --help tells the options of one.")
        return
    if name not in scripts:
        sys.exit(f"a benchmark must be one of {', '.join(scripts)}; got {name!r}.")
    sys.argv = [f"python -m benchmarks {name}", *options]
    importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
