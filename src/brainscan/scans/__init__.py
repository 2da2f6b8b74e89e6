"""Read scans of any kind with their meaning kept: pictures, DICOM, NIfTI."""
