"""The command line for maps of any size that fits on disk: `python -m landscape_lab map --help`."""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from landscape_lab.experiments.maps.axis import Axis
from landscape_lab.experiments.maps.cluster import SCHEDULER, tile_executor
from landscape_lab.experiments.maps.metrics import METRICS
from landscape_lab.experiments.maps.plan import MapPlan
from landscape_lab.experiments.maps.store import Store
from landscape_lab.experiments.scenarios.address import DISPLAY_PARTS, read_link
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from landscape_lab.experiments.scenarios.surfaces import NO_DATA, OwnData, losses_in


def main(arguments: list[str] | None = None) -> int:
    """Compute a map, or continue one that was interrupted, and return the exit code.

    The code is 2, with a message on stderr, for an invalid request, and 130 after an interruption.
    """
    asked = _parser().parse_args(arguments)
    try:
        own = losses_in(asked.data, asked.columns) if asked.data else NO_DATA
        scenario, axes = _plan(asked.scenario, own, asked.entry, asked.x, asked.y, asked.size)
        store = Store(scenario, axes, asked.metric, asked.out)
        if not asked.force and store.finished:
            store.clear()
            done = "was finished before"
        else:
            _compute(store, asked.quiet)
            done = "finished"
    except KeyboardInterrupt:
        print("Stopped. The same command continues with the tiles that are finished.", file=sys.stderr)
        return 130
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return 2
    if not asked.quiet:
        print(f"{asked.out}: {asked.size} x {asked.size} cells, {done}")
    return 0


def _compute(store: Store, quiet: bool) -> None:
    """Compute the missing tiles and write the file. Raises ScenarioError."""
    with tile_executor() as (executor, workers), store:
        with tqdm(total=len(store.tiles), initial=len(store.done), unit="tile", disable=quiet, smoothing=0.05) as bar:
            store.compute(executor, workers, bar.update)
        store.finish()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="landscape-lab map",
        description="A map of runs: a whole run in every cell, over two settings of an entry or over its start. "
        "An interrupted map goes on when the same command is given again.",
        epilog=f"Set {SCHEDULER} to the address of a Dask scheduler to compute it on a cluster.",
    )
    parser.add_argument(
        "scenario", help="a link of the app, or a scenario: what such a link has after its question mark"
    )
    parser.add_argument("--x", help="the axis across: learning_rate=1e-4:1:log (default: that of the link)")
    parser.add_argument("--y", help="the axis up: momentum=0:0.99")
    parser.add_argument("--entry", type=int, default=1, help="which entry of the scenario, from 1 (default: the first)")
    parser.add_argument("--metric", choices=list(METRICS), default="loss", help="what is kept of each run's end")
    parser.add_argument("--size", type=int, default=1024, help="cells along each side (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="the .npz file to write")
    parser.add_argument("--force", action="store_true", help="replace a file that is there already")
    parser.add_argument("--data", type=Path, help="the CSV file with the data, if the scenario is about your own")
    parser.add_argument(
        "--columns",
        help="which columns of that file, features before the target: hours,points or 1,3 (default: "
        "those that the app chooses)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser


def _plan(
    text: str, own: OwnData, entry: int, x: str | None, y: str | None, size: int
) -> tuple[Scenario, tuple[Axis, Axis]]:
    """Return the scenario with one entry, and the axes. Raises ScenarioError."""
    query = {name: value for name, value in read_link(text)[1].items() if name not in DISPLAY_PARTS}
    drawn = {name: query.pop(name) for name in ("across", "up", "at") if name in query}
    scenario = Scenario.from_query(query, own)
    if not 1 <= entry <= len(scenario.entries):
        raise ScenarioError("There is no entry {entry}: there are {count}.", entry=entry, count=len(scenario.entries))
    alone = Scenario.from_query(query | {"lanes": scenario.entries[entry - 1].text}, own)
    axes = {"across": x or drawn.get("across"), "up": y or drawn.get("up")}
    plan = MapPlan.from_query(alone.to_query() | {name: axis for name, axis in axes.items() if axis}, own)
    return plan.alone(plan.scenario.entries[0]), plan.sized(size)
