"""Read scans of any kind with their meaning kept: pictures, DICOM, NIfTI."""

from brainscan.scans.limits import Limits
from brainscan.scans.nifti import write_nifti
from brainscan.scans.read import read
from brainscan.scans.scan import Scan, Series

__all__ = ["Limits", "Scan", "Series", "read", "write_nifti"]
