"""Files of a race or an entry: scripts, notebooks and records."""
