"""Scenarios: the value, its text in a link, and its checks."""
