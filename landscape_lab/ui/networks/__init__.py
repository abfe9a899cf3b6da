"""The page of networks: the user's own training runs."""
