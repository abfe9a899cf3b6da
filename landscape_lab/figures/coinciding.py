"""Paths that coincide in a picture: they are drawn in stripes, so that each of them can be seen.

A solid and a dashed line show through each other. Where two lines of one kind coincide, all lines there are drawn along
the first of them, each over those before it and with gaps for those after it. `ui/stage/script/coinciding.js` does the
same on the screen.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from optim_core.objective import Array

NEAR = 1.5
"""The distance in pixels up to which paths coincide."""
SHORTEST = 36
"""The length in pixels from which a stretch is striped."""
STRIPE = 12
"""The length in pixels of a stripe."""
SAME = 1e-3
"""Runs are the same path if they are nowhere farther apart than this, relative to the domain."""

APART, WIDEST = 1.5, 6.0
"""The distance of heads that would cover each other, and the most of a row of them, in radii."""
MOST_NAMES = 4
"""So many names of equal paths are written out."""

Part = tuple[Array, Sequence[float]]


def stripes(place: int, count: int) -> tuple[float, ...]:
    """The dash pattern of the path at a place among `count` that coincide; solid for the first."""
    return (STRIPE * (count - place), STRIPE * place) if place else ()


class Stretches:
    """Where paths, (k, 2) in pixels for each entry with a row for each step, coincide.

    The paths have as many rows as their runs have steps; `dashes` are their own dash patterns.
    """

    def __init__(self, paths: Sequence[Array], dashes: Sequence[Sequence[float]]) -> None:
        self.paths, self.dashes = paths, dashes
        self.order = sorted(range(len(paths)), key=lambda i: (bool(dashes[i]), i))
        """The entries in the order in which they are drawn: dashes over solid lines."""
        pieces = max([len(path) for path in paths], default=1) - 1
        at = np.full((len(paths), pieces + 1, 2), np.nan)
        for i, path in enumerate(paths):
            at[i, : len(path)] = path
        self._codes = self._groups(at, max(pieces, 0))

    def _groups(self, at: Array, pieces: int) -> Array:
        """The leader, place and count of each entry's group in each piece: (entries, pieces, 3); 0 for no stripes."""
        leader = np.full((len(at), pieces), -1)
        for a, i in enumerate(self.order):
            for other in self.order[:a]:
                with np.errstate(invalid="ignore", over="ignore"):
                    near = np.hypot(*(at[i] - at[other]).T) < NEAR
                leader[i][(leader[i] < 0) & (leader[other] == other) & near[1:] & near[:-1]] = other
            leader[i][leader[i] < 0] = i
        codes = np.zeros((len(at), pieces, 3), dtype=int)
        for first in self.order:
            members = np.array([leader[i] == first for i in self.order])
            solid = np.array([not self.dashes[i] for i in self.order])
            count, kinds = members.sum(axis=0), (members[solid].sum(axis=0), members[~solid].sum(axis=0))
            striped = (kinds[0] > 1) | (kinds[1] > 1)
            places = members.cumsum(axis=0) - 1
            for a, i in enumerate(self.order):
                here = striped & members[a]
                codes[i][here] = np.stack([np.full(pieces, first), places[a], count], axis=1)[here]
        return codes

    def parts(self, i: int) -> list[Part]:
        """The parts of an entry's path with their dash patterns; striped ones follow the path of the first entry."""
        path, codes = self.paths[i], self._codes[i][: len(self.paths[i]) - 1]
        cuts = [0, *(np.flatnonzero((codes[1:] != codes[:-1]).any(axis=1)) + 1), len(codes)]
        found: list[Part] = []
        begin = 0
        for first, last in pairwise(cuts):
            leader, place, count = codes[first].tolist() if first < last else (0, 0, 0)
            along = self.paths[leader][first : last + 1]
            if not count or not np.hypot(*np.diff(along, axis=0).T).sum() >= SHORTEST:
                continue
            found += [(path[begin : first + 1], self.dashes[i]), (along, stripes(place, count))]
            begin = last
        return [part for part in [*found, (path[begin:], self.dashes[i])] if len(part[0]) > 1 or len(path) == 1]

    def shift(self, i: int) -> float:
        """How far beside its place the head of an entry is drawn, in radii: 0 unless others end in the same place."""
        codes = self._codes[i][: len(self.paths[i]) - 1]
        _leader, place, count = codes[-1].tolist() if len(codes) else (0, 0, 0)
        return (place - (count - 1) / 2) * min(APART, WIDEST / count) if count else 0.0


def equal_names(names: Sequence[str]) -> str:
    """The names of equal paths as one text."""
    return " = ".join(names if len(names) <= MOST_NAMES else [*names[: MOST_NAMES - 1], "…"])


def same_paths(trajectories: Sequence[Any], extent: Array) -> list[list[int]]:
    """The groups of entries whose runs take the same path to the end, on a domain of some extent (2,)."""
    groups: list[list[int]] = []
    for i, path in enumerate(trajectories):
        points = path.points[: int(path.last_step) + 1]
        for group in groups:
            other = trajectories[group[0]]
            rest = other.points[: int(other.last_step) + 1]
            if rest.shape == points.shape and not (np.abs(points - rest) > SAME * extent).any():
                group.append(i)
                break
        else:
            groups.append([i])
    return [group for group in groups if len(group) > 1]
