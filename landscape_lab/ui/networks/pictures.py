"""The pictures of a training on planes and lines, computed in the worker pool and kept in the session."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st

from landscape_lab.experiments.networks import NetworkPlan, Training, record
from landscape_lab.experiments.networks.pictures import Pictures, pictures_of
from landscape_lab.experiments.networks.recorded import line_of_training
from landscape_lab.experiments.recordings import Recording
from landscape_lab.ui.jobs.waiting import run_queued
from landscapes.networks import Line

PICTURES = "network pictures"
MOST = 8
"""The number of pictures of one training that a session keeps: 30 kB each and its paths, predictions up to 0.5 MB."""


@dataclass
class _Pictures:
    """The pictures of one training, by what determines them."""

    training: Training
    kept: dict[object, Any] = field(default_factory=dict)

    def get(self, key: object, make: Callable[[], Any], slot: Any) -> Any:
        if key not in self.kept:
            (made,) = run_queued([make], slot)
            self.kept[key] = made
            if len(self.kept) > MOST:
                del self.kept[next(iter(self.kept))]
        return self.kept[key]


def recording_of(training: Training, plan: NetworkPlan, slot: Any) -> Recording:
    """Return the recording of a training on the plane of a plan. Raises ScenarioError for a plane without extent."""
    points = plan.places if plan.plane != "components" else (0, 0, 0)
    make = partial(record, training, plan.plane, seed=plan.plane_seed, points=plan.places)
    return _pictures(training).get((plan.plane, points, plan.plane_seed), make, slot)


def predictions_of(training: Training, slot: Any) -> Pictures | None:
    """Return what the networks of a training predict at its checkpoints, if that can be drawn."""
    return _pictures(training).get("predictions", partial(pictures_of, training), slot)


def lines_of(training: Training, plan: NetworkPlan, slot: Any) -> tuple[Line, Line]:
    """Return the training and the validation loss along the line between the first two points of a plan."""
    ends = plan.places[:2]
    return _pictures(training).get(ends, partial(line_of_training, training, *ends), slot)


def _pictures(training: Training) -> _Pictures:
    found: _Pictures | None = st.session_state.get(PICTURES)
    if found is None or found.training is not training:
        found = st.session_state[PICTURES] = _Pictures(training)
    return found
