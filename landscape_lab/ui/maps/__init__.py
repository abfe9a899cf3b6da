"""The page of maps and its component in the browser."""
