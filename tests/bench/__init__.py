"""Benchmarks: the whole path against the machine's own limits, as ratios in one run.

Run by `derrick bench`; never part of the test suite.
"""
