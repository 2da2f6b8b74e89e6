"""Data sets: the record, loading by name or from a folder, near-duplicates."""

from brainscan.datasets import kaggle as kaggle
from brainscan.datasets.dataset import Dataset, Unreadable
from brainscan.datasets.duplicates import group_near_duplicates
from brainscan.datasets.folder import load_folder
from brainscan.datasets.load import load
from brainscan.datasets.registry import names, register

__all__ = [
    "Dataset",
    "Unreadable",
    "group_near_duplicates",
    "load",
    "load_folder",
    "names",
    "register",
]
