"""Data sets: the record, loading by name or from a folder, splits, and the audit."""

from brainscan.datasets import kaggle as kaggle
from brainscan.datasets import phantom as phantom
from brainscan.datasets.audit.copies import Copies
from brainscan.datasets.audit.outliers import Outlier
from brainscan.datasets.audit.result import Audit
from brainscan.datasets.audit.run import audit
from brainscan.datasets.audit.shortcut import Shortcut
from brainscan.datasets.dataset import Dataset, Unreadable
from brainscan.datasets.duplicates import group_near_duplicates, join_groups
from brainscan.datasets.folder import load_folder
from brainscan.datasets.load import load
from brainscan.datasets.registry import names, register
from brainscan.datasets.splits import (
    Split,
    check_splits,
    count_twins,
    grouped_folds,
    grouped_holdout,
    leave_one_source_out,
    paper_split,
)

__all__ = [
    "Audit",
    "Copies",
    "Dataset",
    "Outlier",
    "Shortcut",
    "Split",
    "Unreadable",
    "audit",
    "check_splits",
    "count_twins",
    "group_near_duplicates",
    "grouped_folds",
    "grouped_holdout",
    "join_groups",
    "leave_one_source_out",
    "load",
    "load_folder",
    "names",
    "paper_split",
    "register",
]
