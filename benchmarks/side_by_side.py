"""Compare several checkouts of the app: the same visitors, in turns of a second, so that load affects all alike.

    git worktree add ../other HEAD && (change one thing there)
    python -m benchmarks.side_by_side . ../other                 # bursts of simultaneous changes
    python -m benchmarks.side_by_side . ../other --closed 160    # memory after sessions that were opened and closed

Every checkout has its own process all the time. In a round each of them gets a burst: all visitors make a change at the
same moment. Ratios are within a round and relative to the first checkout. Name a checkout twice to measure the noise of
the machine.
"""

import argparse
import asyncio
import random
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks import load
from benchmarks.load import Server, Student
from benchmarks.machine import machine

LATER = (20, 170)
"""Seconds after the last session was closed at which memory is measured: Streamlit keeps a session for two minutes."""


async def bursts(servers: Sequence[Server], visitors: int, rounds: int) -> None:
    """Print the response time of a change when all visitors make one at once, and the processor time of a change."""
    students = [[Student(server.address, seed) for seed in range(visitors)] for server in servers]
    for each in students:
        for student in each:
            await student.visitor.open()
    means, cpu = np.zeros((rounds, len(servers))), np.zeros(len(servers))
    for k in range(rounds):
        for i in random.Random(k).sample(range(len(servers)), len(servers)):
            before = servers[i].cpu()
            means[k, i] = np.mean(await asyncio.gather(*(_timed(student) for student in students[i])))
            cpu[i] += servers[i].cpu() - before
    ratios = np.percentile(means / means[:, :1], [25, 50, 75], axis=0)
    for i, server in enumerate(servers):
        low, middle, high = ratios[:, i]
        print(
            f"{i}: a change {1000 * np.median(means[:, i]):.0f} ms, ratio {middle:.2f} [{low:.2f}-{high:.2f}]; "
            f"processor {1000 * cpu[i] / rounds / visitors:.0f} ms; own memory {server.memory().own:.0f} MB"
        )
        for student in students[i]:
            await student.visitor.close()


async def _timed(student: Student) -> float:
    began = asyncio.get_running_loop().time()
    await student.change()
    return asyncio.get_running_loop().time() - began


async def closed_sessions(servers: Sequence[Server], count: int) -> None:
    """Print the memory before and after sessions that were opened, used once and closed."""
    memory = [[server.memory().own for server in servers]]
    await asyncio.gather(*(_come_and_go(server, count) for server in servers))
    memory.append([server.memory().own for server in servers])
    waited = 0
    for seconds in LATER:
        await asyncio.sleep(seconds - waited)
        waited = seconds
        memory.append([server.memory().own for server in servers])
    for i, figures in enumerate(zip(*memory, strict=True)):
        print(f"{i}: own memory {' -> '.join(f'{megabytes:.0f}' for megabytes in figures)} MB")


async def _come_and_go(server: Server, count: int, at_once: int = 8) -> None:
    seeds = iter(range(count))

    async def one_after_another() -> None:
        for seed in seeds:
            student = Student(server.address, seed)
            await student.visitor.open()
            await student.change()
            await student.visitor.close()

    await asyncio.gather(*(one_after_another() for _ in range(at_once)))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("checkouts", nargs="+", type=Path)
    parser.add_argument("--visitors", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--closed", type=int, default=0, help="open and close this many sessions instead")
    chosen = parser.parse_args()
    print(machine(), flush=True)
    with ExitStack() as stack:
        servers = []
        for checkout in chosen.checkouts:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            servers.append(stack.enter_context(load.served(0, folder / "server.log", checkout)))
        work = closed_sessions(servers, chosen.closed) if chosen.closed else None
        asyncio.run(work or bursts(servers, chosen.visitors, chosen.rounds))


if __name__ == "__main__":
    main()
