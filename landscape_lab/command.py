"""The command `landscape-lab`, which serves the app, draws races and computes maps."""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from landscape_lab import __version__

COMMANDS = {
    "serve": ("landscape_lab.serve", "serve the app on this machine, or to a room (the default)"),
    "draw": ("landscape_lab.draw", "write a race as a picture, a moving picture, a live page, a table or code"),
    "map": ("landscape_lab.experiments.maps.command", "compute a map of runs, as large as the disk allows"),
}
"""For each command the module whose `main` takes its arguments, and its help text."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, by default `serve`. Returns the exit code: 0, 2 for invalid input, 130 if interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="landscape-lab",
        description="Loss Landscape Lab: watch optimizers race down a loss surface.",
        epilog="landscape-lab COMMAND --help explains a command.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, (_module, what) in COMMANDS.items():
        commands.add_parser(name, help=what, add_help=False)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help", "--version")):
        given.insert(0, "serve")
    chosen, rest = parser.parse_known_args(given[:1])[0], given[1:]
    try:
        run: Callable[[Sequence[str]], int] = import_module(COMMANDS[chosen.command][0]).main
        return run(rest)
    except KeyboardInterrupt:  # before the command handles it
        return 130
