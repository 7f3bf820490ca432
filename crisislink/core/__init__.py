"""The rules: pure functions over frozen values. No I/O, no clock, no randomness, no framework.

Way of the data: incident → nearby cameras → request → decision → grant → lease → end → register.
"""
