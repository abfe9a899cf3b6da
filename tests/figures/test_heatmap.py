"""Heat maps: every cell has the colour of its class and rank."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from landscape_lab.figures.heatmap import NOTHING, Picture, basin_picture, speed_picture
from optim_core import Outcome


def some(seed: int = 0, shape: tuple[int, int] = (40, 30)) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    outcomes = rng.choice([Outcome.STATIONARY, Outcome.FINISHED, Outcome.DIVERGED], shape).astype(np.int8)
    return outcomes, rng.uniform(0, 500, shape).astype(np.float32), rng.uniform(0, 9, shape)


def kind_of(picture: Picture, name: str):
    return next(kind for kind in picture.kinds if kind.name == name)


def test_classes_have_distinct_colours():
    outcomes, crossings, losses = some()
    picture = speed_picture(outcomes, crossings, losses)
    for name, outcome in (("stationary", 1), ("bounded", 0), ("escaped", 3)):
        kind = kind_of(picture, name)
        inside = (picture.indices >= kind.begin) & (picture.indices < kind.begin + len(kind.colors))
        np.testing.assert_array_equal(inside, outcomes == outcome)
        assert kind.share == pytest.approx((outcomes == outcome).mean())
    assert sum(kind.share for kind in picture.kinds) == pytest.approx(1)


@given(st.integers(0, 100))
def test_shades_keep_the_order_and_cover_equal_areas(seed: int):
    outcomes, crossings, losses = some(seed)
    picture = speed_picture(outcomes, crossings, losses)
    here = outcomes == Outcome.STATIONARY
    order = np.argsort(crossings[here])
    shades = picture.indices[here][order].astype(int)
    assert (np.diff(shades) >= 0).all()
    areas = np.bincount(shades - kind_of(picture, "stationary").begin, minlength=100)
    assert areas.max() - areas.min() <= 2


def test_equal_numbers_have_equal_shades():
    outcomes = np.full((4, 4), Outcome.DIVERGED, np.int8)
    picture = speed_picture(outcomes, np.full((4, 4), 7.0, np.float32), np.zeros((4, 4)))
    assert len(set(picture.indices.ravel().tolist())) == 1
    assert [kind.name for kind in picture.kinds] == ["escaped"]


def test_legend_states_the_values_of_the_ranks():
    outcomes = np.full((1, 5), Outcome.STATIONARY, np.int8)
    (kind,) = speed_picture(outcomes, np.array([[3, 1, 100, 2, 50]], np.float32), np.zeros((1, 5))).kinds
    assert (kind.first, kind.middle, kind.last) == (1, 3, 100)


def test_basins_have_distinct_colours_and_other_cells_are_grey():
    outcomes, crossings, _ = some()
    reached = np.random.default_rng(1).integers(-1, 4, outcomes.shape)
    picture = basin_picture(outcomes, crossings, reached, 4)
    assert [kind.place for kind in picture.kinds if kind.name == "minimum"] == [0, 1, 2, 3]
    for i in range(4):
        kind = next(kind for kind in picture.kinds if (kind.name, kind.place) == ("minimum", i))
        inside = (picture.indices >= kind.begin) & (picture.indices < kind.begin + len(kind.colors))
        np.testing.assert_array_equal(inside, (reached == i) & (outcomes != Outcome.DIVERGED))
    elsewhere = kind_of(picture, "elsewhere").colors.astype(int)
    assert np.ptp(elsewhere, axis=1).max() < 6


@pytest.mark.parametrize("minima", [0, 1, 2, 25])
def test_any_number_of_minima_can_be_coloured(minima: int):
    outcomes = np.ones((1, minima + 1), np.int8)
    picture = basin_picture(outcomes, np.ones((1, minima + 1), np.float32), np.arange(-1, minima)[None], minima)
    assert (picture.indices != NOTHING).all()


def test_png_has_the_lowest_row_at_the_bottom_and_names_its_source():
    outcomes, crossings, losses = some()
    picture = speed_picture(outcomes, crossings, losses)
    image = Image.open(io.BytesIO(picture.png(Description="?x=momentum=0:1")))
    assert image.size == (30, 40)
    assert image.text["Description"] == "?x=momentum=0:1"  # type: ignore[attr-defined]
    pixels = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(pixels[-1], picture.palette[picture.indices[0]])
    np.testing.assert_array_equal(pixels[0], picture.palette[picture.indices[-1]])
