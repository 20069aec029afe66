"""Measurements: ratios taken side by side in one run by `make bench`. Imported by nobody."""
