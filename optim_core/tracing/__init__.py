"""Traces a step or a surface: executes it once with symbols in place of numbers, which gives a graph of operations."""
