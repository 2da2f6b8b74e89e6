"""List the benchmarks, or run some: ``python -m benchmarks``, ``python -m benchmarks NAME ...``."""

import importlib
import pkgutil
import sys

import benchmarks


def main() -> None:
    """Run the named scripts, or say which there are."""
    modules = {
        found.name: importlib.import_module(f"benchmarks.{found.name}")
        for found in pkgutil.iter_modules(benchmarks.__path__)
        if found.name != "__main__"
    }
    scripts = {name: module for name, module in modules.items() if hasattr(module, "main")}
    if len(sys.argv) == 1 or sys.argv[1] in ("-h", "--help"):
        for name, module in scripts.items():
            print(f"{name}: {module.__doc__.splitlines()[0]}")
        return
    names, sys.argv[1:] = sys.argv[1:], []  # the scripts are run as they come
    for name in names:
        if name not in scripts:
            sys.exit(f"a benchmark must be one of {', '.join(scripts)}; got {name!r}.")
        scripts[name].main()


if __name__ == "__main__":
    main()
