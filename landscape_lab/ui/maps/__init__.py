"""The page of maps and its browser component."""
