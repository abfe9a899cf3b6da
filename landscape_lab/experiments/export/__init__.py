"""A race or an entry as a file: program text, notebooks and records."""
