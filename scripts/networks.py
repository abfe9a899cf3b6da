"""Compute the stored results of experiments with networks, or compare them with new ones.

Usage: python -m scripts.networks [--check] [key ...]
"""

import argparse
import sys
import time
from collections.abc import Sequence

from landscape_lab.experiments.networks.stored import Case, store, stored, text_of
from landscape_lab.experiments.networks.studies import experiments


def main(arguments: Sequence[str]) -> int:
    """Run the command. Returns 1 if new results differ from the stored ones."""
    parser = argparse.ArgumentParser(prog="python -m scripts.networks", description=__doc__)
    parser.add_argument("keys", nargs="*", metavar="key", help=f"by default all: {', '.join(experiments())}")
    parser.add_argument("--check", action="store_true", help="compare with the stored results and write nothing")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.keys) - set(experiments()):
        parser.error(f"there is no experiment {', '.join(sorted(unknown))}")
    differing = 0
    for key in chosen.keys or experiments():
        start = time.perf_counter()
        found = _checked(key) if chosen.check else _computed(key)
        differing += found
        print(f"{key}: {time.perf_counter() - start:.0f} s", flush=True)
    return 1 if differing else 0


def _computed(key: str) -> int:
    def report(case: Case) -> None:
        print(f"{key}: {text_of([case])}", flush=True)

    path = store(key, experiments()[key], report)
    print(f"{path.name}: {path.stat().st_size:,} bytes", flush=True)
    return 0


def _checked(key: str) -> int:
    experiment = experiments()[key]
    count = 0
    for number in range(len(experiment.cases)):
        for difference in experiment.differences(stored(key), number):
            print(f"{key}: {difference}", flush=True)
            count += 1
    return count


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
