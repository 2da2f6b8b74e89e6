"""The command ``brainscan``: one file a command."""

import sys

from brainscan.cli import audit as audit
from brainscan.cli import benchmark as benchmark
from brainscan.cli import export as export
from brainscan.cli import page as page
from brainscan.cli.root import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line."""
    sys.exit(app())
