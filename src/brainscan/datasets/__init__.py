"""Data sets: the record, loading by name or from a folder, near-duplicates."""

from brainscan.datasets import kaggle as kaggle
from brainscan.datasets import phantom as phantom
from brainscan.datasets.dataset import Dataset, Unreadable
from brainscan.datasets.duplicates import group_near_duplicates
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
    "Dataset",
    "Split",
    "Unreadable",
    "check_splits",
    "count_twins",
    "group_near_duplicates",
    "grouped_folds",
    "grouped_holdout",
    "leave_one_source_out",
    "load",
    "load_folder",
    "names",
    "paper_split",
    "register",
]
