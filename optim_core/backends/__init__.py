"""Ways to execute steps: as written, by NumPy, or from a trace, as Python, machine code or JavaScript."""
