"""Where tiles are computed: in threads of this process, or on a cluster whose scheduler the environment names."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from experiments.sentence import ScenarioError

SCHEDULER = "LOSS_LANDSCAPE_SCHEDULER"
"""The variable with the address of a Dask scheduler, such as tcp://10.0.0.5:8786."""


@contextmanager
def tile_executor() -> Iterator[tuple[Executor, int]]:
    """An executor, and how many tiles it computes at once. Raises ScenarioError where the cluster cannot be reached."""
    address = os.environ.get(SCHEDULER, "").strip()
    if not address:
        workers = os.cpu_count() or 1
        with ThreadPoolExecutor(workers) as threads:
            yield threads, workers
        return
    try:
        from distributed import Client
    except ImportError:
        raise ScenarioError("A cluster needs Dask: pip install -r requirements-cluster.txt") from None
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise ScenarioError("There is no cluster at {address}: {reason}", address=address, reason=str(error)) from None
    with client:
        threads: Any = client.nthreads()
        yield client.get_executor(pure=False), max(1, sum(threads.values()))
