"""Speed beside others, measured in one run; never part of the tests."""
