from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import landscapes
from landscape_lab.figures.height_scale import HeightScale, height_scale, loss_text
from landscape_lab.figures.surface_grid import sample_surface
from landscapes import LANDSCAPES
from optim_core.printed import NARROW as GAP
from tests.figures.reading import read

SURFACES = pytest.mark.parametrize("landscape", landscapes.SURFACES.values(), ids=landscapes.SURFACES.keys())


def scale_of(landscape) -> HeightScale:
    return height_scale(sample_surface(landscape)[2], landscape.minimum_value)


@SURFACES
def test_every_point_of_the_view_has_a_height_on_the_scale(landscape):
    scale, losses = scale_of(landscape), sample_surface(landscape)[2]
    shown = scale.shown(losses)
    assert np.isfinite(shown[np.isfinite(losses)]).all()
    room = 1e-9 * (scale.high - scale.low)
    assert np.nanmin(shown) >= scale.low - room
    assert np.nanmax(shown) <= scale.high + room


@SURFACES
def test_ticks_are_at_the_heights_of_their_losses(landscape):
    scale = scale_of(landscape)
    positions, labels = scale.ticks()
    assert 3 <= len(positions) <= 8
    assert positions == sorted(positions)
    assert len(set(labels)) == len(labels)
    for position, label in zip(positions, labels, strict=True):
        written = read(label)
        assert scale.shown(written) == pytest.approx(position, abs=0.02 * (scale.high - scale.low))


@SURFACES
def test_contour_levels_cover_the_view(landscape):
    scale = scale_of(landscape)
    first, last, step = scale.levels()
    assert scale.low - step < first <= scale.low + 1e-6 * step
    assert scale.high - 1e-6 * step <= last < scale.high + step
    assert 8 <= (last - first) / step <= 25


def test_scale_is_logarithmic_where_losses_span_many_decades():
    needed = {key for key, landscape in LANDSCAPES.items() if scale_of(landscape).log}
    assert {"rosenbrock", "beale", "goldstein_price", "himmelblau"} <= needed
    assert needed.isdisjoint({"bowl", "saddle", "plateau", "rastrigin", "ackley"})


def test_logarithmic_scale_labels_powers_of_ten():
    assert {"10", "100", "1000"} <= set(scale_of(LANDSCAPES["rosenbrock"]).ticks()[1])


def test_heights_are_inverted_to_losses():
    for scale in (HeightScale(True, -0.1, -1.0, 3.0), HeightScale(False, 0.0, 0.0, 9.0)):
        losses = np.array([0.0, 0.5, 7.0])
        assert scale.value(scale.shown(losses)) == pytest.approx(losses)


def test_loss_below_the_floor_is_drawn_at_the_bottom():
    scale = HeightScale(True, 0.0, -2.0, 3.0)
    assert scale.shown([-5.0, 0.0, 1e-9]).tolist() == [-2.0, -2.0, -2.0]


def test_flat_surface_and_undefined_surface_have_a_scale():
    assert height_scale(np.full((5, 5), 3.0)) == HeightScale(False, 3.0, 3.0, 6.0)
    assert height_scale(np.full((5, 5), np.nan)) == HeightScale(False, 0.0, 0.0, 1.0)


def test_undefined_points_do_not_affect_the_scale():
    losses = sample_surface(LANDSCAPES["rosenbrock"])[2]
    holed = np.append(losses, [np.nan, np.inf, -np.inf])
    assert height_scale(holed, 0.0) == height_scale(losses, 0.0)


def test_payload_is_the_scale():
    scale = scale_of(LANDSCAPES["rosenbrock"])
    assert scale.as_payload() == asdict(scale)


@given(
    arrays(float, (7, 7), elements=st.floats(-1e30, 1e30) | st.just(np.nan)),
    st.none() | st.floats(-1e30, 1e30),
)
def test_every_finite_loss_has_a_height(losses, minimum):
    scale = height_scale(losses, minimum)
    assert scale.low < scale.high
    shown = scale.shown(losses)
    assert np.isfinite(shown).tolist() == np.isfinite(losses).tolist()
    positions, labels = scale.ticks()
    assert np.isfinite(positions).all()
    assert len(positions) == len(labels) <= 9


@pytest.mark.parametrize(
    ("loss", "text"),
    [
        (0.0, "0"),
        (-0.5, "−0.5"),
        (100.0, "100"),
        (12345.0, "12345"),
        (1e6, "10⁶"),
        (-1e-6, f"−1{GAP}×{GAP}10⁻⁶"),
        (2.5e-7, f"2.5{GAP}×{GAP}10⁻⁷"),
        (0.398, "0.398"),
    ],
)
def test_losses_are_written_in_common_notation(loss, text):
    assert loss_text(loss) == text
