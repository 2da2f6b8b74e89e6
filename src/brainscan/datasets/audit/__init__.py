"""What a data set hides: duplicates, contradicting labels, outliers, shortcuts."""
