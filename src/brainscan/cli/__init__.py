"""The command ``brainscan``: one file a command."""

import sys

from brainscan.cli import audit as audit
from brainscan.cli import benchmark as benchmark
from brainscan.cli import doctor as doctor
from brainscan.cli import explain as explain
from brainscan.cli import export as export
from brainscan.cli import models as models
from brainscan.cli import page as page
from brainscan.cli import predict as predict
from brainscan.cli import segment as segment
from brainscan.cli import train as train
from brainscan.cli.root import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line."""
    sys.exit(app())
