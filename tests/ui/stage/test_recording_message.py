"""What the stage is told of a recording."""

from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments.recordings import Recording
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.figures.figure_words import Words
from landscape_lab.ui.stage.packing import pack
from landscape_lab.ui.stage.recording_message import recording_tree

T = 7
"""Checkpoints; the second run diverges after the fourth."""


@pytest.fixture
def recording() -> Recording:
    rng = np.random.default_rng(0)
    path, loss = rng.normal(size=(T, 2, 2)), np.exp(rng.normal(size=(T, 2)))
    path[0] = path[0, :, :1]
    path[4:, :, 1] = loss[4:, 1] = np.nan
    return Recording(
        names=("one", "two"),
        x=np.linspace(-2, 2, 41),
        y=np.linspace(-1, 1, 37),
        grid=np.exp(rng.normal(size=(37, 41))),
        steps=np.array([0, 10, 20, 30, 40, 50, 55]),
        path=path,
        loss=loss,
        validation_loss=2 * loss,
        accuracy=rng.uniform(size=(T, 2)),
        distance=rng.uniform(size=(T, 2)),
        drawn=loss + 1,
        sharpness=np.exp(rng.normal(size=(T, 2))),
        limits=np.array([4.0, np.nan]),
        shares=np.array([0.912, 0.98]),
        diverged=(False, True),
        key="a key",
    )


def test_the_runs_are_entries_whose_points_are_checkpoints(recording: Recording):
    tree = recording_tree(recording, View())
    race = tree["race"]
    assert [lane["name"] for lane in race["lanes"]] == ["one", "two"]
    assert [lane["last_step"] for lane in race["lanes"]] == [T - 1, 4]
    assert [lane["diverged"] for lane in race["lanes"]] == [False, True]
    assert race["steps"] == T - 1 and tree["recording"]["numbers"].tolist() == recording.steps.tolist()
    assert tree["curves"]["ranges"]["steps"] == [0, 55]
    first = race["lanes"][0]
    np.testing.assert_array_equal(first["points"], recording.path[:, :, 0])
    np.testing.assert_array_equal(first["gaps"] + tree["curves"]["offset"], recording.loss[:, 0])
    np.testing.assert_array_equal(first["validation"], 2 * recording.loss[:, 0])
    assert race["start"] == recording.path[0, :, 0].tolist()
    assert "one: loss" in tree["words"]["summary"] and "two: diverged." in tree["words"]["summary"]


def test_runs_that_start_apart_have_no_common_start(recording: Recording):
    path = recording.path.copy()
    path[0, 0, 1] += 1
    assert recording_tree(replace(recording, path=path), View())["race"]["start"] == []


def test_the_surface_is_the_grid(recording: Recording):
    surface = recording_tree(recording, View(), title="A plane")["surface"]
    assert surface["name"] == "A plane" and surface["domain"] == ((-2, 2), (-1, 1))
    assert surface is recording_tree(recording, View(arrows=True), title="A plane")["surface"]
    grid = recording.grid.copy()
    grid[3, 5] = np.inf
    assert pack({"surface": recording_tree(replace(recording, grid=grid), View())["surface"]})


def test_each_quantity_has_its_axis(recording: Recording):
    quantities = {each["name"]: each for each in recording_tree(recording, View())["recording"]["quantities"]}
    assert list(quantities) == ["accuracy", "sharpness", "distance"]
    for each in quantities.values():
        low, high = each["range"]
        for run in each["runs"]:
            values = np.log10(run["values"]) if each["type"] == "log" else run["values"]
            assert low <= np.nanmin(values) and np.nanmax(values) <= high
    assert [run["limit"] for run in quantities["sharpness"]["runs"]] == [4.0, None]
    bare = replace(
        recording, accuracy=None, sharpness=None, distance=None, drawn=None, shares=None, validation_loss=None
    )
    tree = recording_tree(bare, View())
    unknown = "How far the paths are from the plane is unknown."
    empty = {"quantities": [], "drawn": None, "distance": None, "farthest": 0.0, "share": unknown}
    assert tree["recording"] | {"numbers": None} == empty | {"numbers": None}


def test_it_is_told_how_wrong_the_plane_is(recording: Recording):
    distance = np.array(recording.distance)
    distance[4:, 1] = np.nan
    told = recording_tree(replace(recording, distance=distance), View())["recording"]
    assert told["farthest"] == np.nanmax(distance) and len(told["distance"]) == len(told["drawn"]) == 2
    np.testing.assert_array_equal(told["drawn"][0], recording.loss[:, 0] + 1)
    assert told["share"] == "The plane holds 91 to 98 % of each path."
    one = recording_tree(replace(recording, shares=np.array([0.44, 0.44])), View())["recording"]
    assert one["share"] == "The plane holds 44 % of the paths."


def test_summary_has_signs_for_losses_that_are_no_numbers(recording: Recording):
    loss = np.where([True, False], np.nan, recording.loss)
    tree = recording_tree(replace(recording, loss=loss, diverged=()), View())
    assert "one: loss – after step" in tree["words"]["summary"] and "nan" not in tree["words"]["summary"]


def test_a_veiled_recording_has_nothing_but_its_names_and_its_start(recording: Recording):
    def told(shown: Recording) -> bytes:
        return pack(recording_tree(shown, View(), veiled=True))

    others = {name: np.array(getattr(recording, name)) / 2 for name in ("distance", "drawn", "sharpness", "accuracy")}
    path, loss = recording.path.copy(), recording.loss.copy()
    path[1:] += 1
    loss[1:] *= 2
    other = replace(recording, path=path, loss=loss, validation_loss=2 * loss, diverged=(True, False), **others)
    assert told(recording) == told(other)
    assert pack(recording_tree(recording, View())) != pack(recording_tree(other, View()))
    tree = recording_tree(recording, View(), veiled=True)
    assert tree["recording"]["share"] == ""  # not that it is unknown
    assert tree["race"]["veiled"] and [lane["last_step"] for lane in tree["race"]["lanes"]] == [0, 0]
    assert tree["recording"]["share"] == ""
    assert tree["race"]["steps"] == T - 1 and tree["curves"]["ranges"]["steps"] == [0, 55]


def test_texts_of_a_file_are_no_markup(recording: Recording):
    hostile = replace(recording, axes=("<b>a</b>", "__class__"))
    surface = recording_tree(hostile, View())["surface"]
    layout = surface["contour"]["layout"]
    assert layout["xaxis"]["title"]["text"] == "&lt;b&gt;a&lt;/b&gt;"
    assert layout["yaxis"]["title"]["text"] == "__class__" and Words.__name__ not in str(surface["axes"])


def test_a_message_is_small(recording: Recording):
    assert len(pack(recording_tree(recording, View()))) < 30_000


@pytest.mark.parametrize("quantity", ["accuracy", "sharpness", "distance"])
def test_the_chosen_quantity_is_a_part_of_the_link(quantity: str):
    view = View(quantity=quantity)
    assert View.from_query(view.to_query()) == View.from_browser({"quantity": quantity}) == view
    assert view.to_browser()["quantity"] == quantity
