"""The page of networks: training, the landscape about the paths, and the user's own training runs."""
