"""The stored thumbnails show the present surfaces and races, in the order in which the page looks them up."""

import numpy as np
import pytest

from landscape_lab.experiments import RACES
from landscape_lab.figures.thumbnail import checksums_of, picture_at
from landscape_lab.ui.assets import THUMBNAILS
from landscape_lab.ui.picker.thumbnails import RACE, SURFACE, draw, drawn_from, places
from landscapes import DATA_LOSSES, LANDSCAPES


@pytest.mark.parametrize("dark", [False, True])
def test_every_surface_and_race_has_a_thumbnail_of_its_present_form(dark: bool):
    stored = checksums_of(THUMBNAILS[dark])
    assert stored == drawn_from(dark), "`make thumbnails` draws them again"
    assert list(stored) == list(places())
    surfaces = [SURFACE + key for key in (*LANDSCAPES, *DATA_LOSSES)]
    assert sorted(stored) == sorted([*surfaces, *(RACE + key for key in RACES)])


@pytest.mark.parametrize(
    ("key", "dark"), [("surface/himmelblau", False), ("surface/elliptic_bowl", True), ("race/paths", True)]
)
def test_stored_thumbnail_is_what_is_drawn_now(key: str, dark: bool):
    stored = picture_at(THUMBNAILS[dark], places()[key]).astype(int)
    drawn = draw(key, dark).astype(int)
    same = np.abs(stored - drawn).max(axis=-1) <= 4
    same |= (stored[..., 3] == 0) & (drawn[..., 3] == 0)  # the colour of a transparent pixel is not stored
    assert same.mean() > 0.995, "`make thumbnails` draws it again"


def test_sheets_are_small():
    assert all(path.stat().st_size < 150_000 for path in THUMBNAILS.values())
