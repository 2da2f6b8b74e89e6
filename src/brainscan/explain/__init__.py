"""Show where a classifier looked, and measure whether it did."""
