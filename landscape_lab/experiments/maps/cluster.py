"""Executors of tiles: threads of this process, or a cluster whose scheduler an environment variable names."""

import logging
import os
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor, ThreadPoolExecutor
from contextlib import contextmanager
from socket import create_connection
from typing import Any

from landscape_lab.experiments.scenarios.sentence import ScenarioError

SCHEDULER = "LOSS_LANDSCAPE_SCHEDULER"
"""The environment variable with the address of a Dask scheduler, such as tcp://10.0.0.5:8786."""

PORT = 8786
"""The default port of Dask's scheduler."""

PATIENCE = 10
"""Seconds to wait for the scheduler, and for its first worker."""


@contextmanager
def tile_executor() -> Iterator[tuple[Executor, int]]:
    """Yield an executor and the number of tiles that it computes in parallel.

    Raises ScenarioError if the cluster cannot be reached.
    """
    address = os.environ.get(SCHEDULER, "").strip()
    if not address:
        workers = os.cpu_count() or 1
        with ThreadPoolExecutor(workers) as threads:
            yield threads, workers
        return
    try:
        from distributed import Client, KilledWorker
        from distributed.comm.addressing import parse_address, parse_host_port
        from distributed.comm.core import CommClosedError
        from distributed.utils import silence_logging_cmgr
    except ImportError:
        raise ScenarioError("A cluster needs Dask: pip install -r requirements-cluster.txt") from None
    # Dask logs tracebacks when a cluster is lost; the reason is raised here instead.
    with silence_logging_cmgr(logging.CRITICAL):
        try:
            # The connection is tested first, because a client that fails writes a traceback on deletion.
            create_connection(parse_host_port(parse_address(address)[1], PORT), PATIENCE).close()
            client = Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, MemoryError) as error:  # MemoryError if the server is not Dask
            reason = str(error)
            raise ScenarioError("There is no cluster at {address}: {reason}", address=address, reason=reason) from None
        with client:
            try:
                _check(client, address)
                threads: Any = client.nthreads()
                yield client.get_executor(pure=False), max(1, sum(threads.values()))
            except (KilledWorker, CancelledError, CommClosedError) as error:
                reason = str(error) or type(error).__name__
                raise ScenarioError(
                    "The cluster at {address} failed: {reason}", address=address, reason=reason
                ) from None


def _check(client: Any, address: str) -> None:
    """Check the cluster. Raises ScenarioError unless it has workers and all its processes can import this project.

    Otherwise a scheduler would reject a tile with a traceback, and a worker would exit without a result.
    """

    def finds_project() -> bool:  # a local function is sent as code, not as a name in this project
        from importlib.util import find_spec

        return find_spec("landscape_lab") is not None and find_spec("landscape_lab.experiments.maps") is not None

    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise ScenarioError("The cluster at {address} has no workers.", address=address) from None
    found = {"scheduler": client.run_on_scheduler(finds_project)} | client.run(finds_project)
    for where, finds in found.items():
        if not finds:
            raise ScenarioError(
                "This project is not on the path of {where}: start it with {setting} in the project's folder.",
                where=where, setting="PYTHONPATH=.",
            )  # fmt: skip
