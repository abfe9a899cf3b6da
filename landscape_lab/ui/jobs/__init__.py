"""Long work and the order in which scripts run: a worker pool, a semaphore, and how a page waits."""
