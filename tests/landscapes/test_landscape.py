"""Properties of every surface as an objective and as a value."""

import math
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from landscapes import LANDSCAPES, SURFACES
from landscapes.codegen import compiled, trusted
from optim_core.run import ESCAPE

EVERY = pytest.mark.parametrize("surface", SURFACES.values(), ids=lambda surface: surface.key)
OUTER = {"value": (), "gradient": (2,), "hessian": (2, 2)}
"""The leading shape of each function's result, before the batch shape."""


def points(surface, *lanes, seed=0):
    (x0, x1), (y0, y1) = surface.domain
    unit = np.random.default_rng(seed).uniform(size=(2, *lanes))
    return np.array([x0 + (x1 - x0) * unit[0], y0 + (y1 - y0) * unit[1]])


@EVERY
@pytest.mark.parametrize("function", OUTER)
def test_shapes_and_types(surface, function):
    for lanes in [(), (0,), (1,), (7,), (3, 5), (2, 1, 4)]:
        out = getattr(surface, function)(points(surface, *lanes))
        assert isinstance(out, np.ndarray) and out.dtype == np.float64 and out.shape == OUTER[function] + lanes
    assert getattr(surface, function)((1, 1)).shape == OUTER[function]  # plain integers


RAW = "exp(x) + sinh(y) + tan(x) + exp(-y)"
"""Functions of x and y themselves: NumPy rounds them otherwise when the array runs backwards."""


@pytest.mark.parametrize(
    "surface",
    [*SURFACES.values(), replace(LANDSCAPES["bowl"], key="raw", expression=RAW, code=compiled(trusted(RAW), ""))],
    ids=lambda surface: surface.key,
)
@pytest.mark.parametrize("function", OUTER)
def test_point_of_a_batch_is_independent_of_the_others_and_of_the_layout(surface, function):
    f = getattr(surface, function)
    theta = points(surface, 1003)
    whole = f(theta)

    def same(out, lanes):
        assert out.tobytes() == np.ascontiguousarray(whole[..., lanes]).tobytes()

    for n in range(1, 34):
        same(f(theta[:, n : 2 * n]), slice(n, 2 * n))  # an unaligned slice, and every length of a vector's tail
    for index in range(0, 60, 7):
        same(f(theta[:, index]), index)
        same(f(tuple(theta[:, index].tolist())), index)
    same(f(theta[:, ::3]), slice(None, None, 3))
    same(f(theta[:, ::-1]), slice(None, None, -1))
    same(f(np.ascontiguousarray(theta.T).T), slice(None))
    same(f(np.asfortranarray(theta)), slice(None))
    cube = theta[:, :1000].reshape(2, 40, 25)
    blocks = np.moveaxis(np.ascontiguousarray(np.moveaxis(cube, 0, 1)), 1, 0)
    assert not blocks.flags.c_contiguous
    assert f(blocks).tobytes() == np.ascontiguousarray(whole[..., :1000]).tobytes()
    assert f(np.broadcast_to(theta[:, :1], (2, 9))).tobytes() == np.repeat(whole[..., :1], 9, axis=-1).tobytes()


@EVERY
def test_input_is_unchanged_and_output_is_a_new_array(surface):
    theta = points(surface, 5)
    before = theta.copy()
    for function in OUTER:
        out = getattr(surface, function)(theta)
        assert not np.shares_memory(out, theta)
        out[...] = 0.0
    np.testing.assert_array_equal(theta, before)


@EVERY
def test_values_far_away_may_be_inf_or_nan_but_raise_nothing(surface):
    (x0, x1), (y0, y1) = surface.domain
    far = 2 * ESCAPE * max(x1 - x0, y1 - y0)
    edge = np.array([-math.inf, -1e300, -far, 0.0, far, 1e300, math.inf, math.nan])
    with np.errstate(all="ignore"):
        for function in OUTER:
            assert getattr(surface, function)(np.array(np.meshgrid(edge, edge))).shape == OUTER[function] + (8, 8)


@EVERY
def test_hessian_is_symmetric(surface):
    h = surface.hessian(points(surface, 50))
    np.testing.assert_array_equal(h[0, 1], h[1, 0])


@EVERY
def test_sample_has_rows_of_y(surface):
    xs, ys, z = surface.sample(n=12)
    assert ((xs[0], xs[-1]), (ys[0], ys[-1])) == surface.domain
    assert z.shape == (12, 12) and np.isfinite(z).all()
    assert z[3, 7] == surface.value((xs[7], ys[3]))
    assert surface.sample()[2].shape == (120, 120)


def test_sample_is_nan_where_the_surface_is_undefined():
    xs, ys, z = LANDSCAPES["monkey_saddle"].sample(5, ((-1e200, 1e200), (-1.0, 1.0)))
    assert xs[-1] == 1e200 and ys[-1] == 1
    assert np.isnan(z[:, [0, 1, 3, 4]]).all() and np.isfinite(z[:, 2]).all()


def test_with_parameters_changes_the_surface_and_its_text():
    bowl = LANDSCAPES["elliptic_bowl"]
    turned = bowl.with_parameters(condition=10, angle=30)
    assert turned.text == "elliptic_bowl(condition=10,angle=30)"
    assert turned.parameters == {"condition": 10.0, "angle": 30.0}
    assert bowl.text == "elliptic_bowl" and bowl.parameters["condition"] == 20
    assert turned.value((1.0, 0.0)) == pytest.approx(0.5 * (0.75 + 10 * 0.25))
    assert turned.with_parameters(angle=-7.25).text == "elliptic_bowl(condition=10,angle=-7.25)"
    assert turned.with_parameters(condition=20, angle=20) == bowl
    assert turned.minima == bowl.minima == ((0.0, 0.0),)


def test_with_parameters_updates_the_minima():
    surface = LANDSCAPES["sharp_and_flat"]
    sharper = surface.with_parameters(sharpness=40)
    assert sharper.minima != surface.minima and len(sharper.minima) == 2 and len(sharper.saddles) == 1
    assert abs(min(sharper.minima)[0] + 1.5) < abs(min(surface.minima)[0] + 1.5)
    back = sharper.with_parameters(sharpness=surface.knobs["sharpness"].default)
    assert back == surface
    np.testing.assert_allclose(back.minima, surface.minima, rtol=0, atol=1e-9)


@pytest.mark.parametrize("key", ["bowl", "rosenbrock"])
def test_unknown_parameter_is_refused_by_name(key):
    with pytest.raises(ValueError, match=f"{key} has no parameter 'c'; it has"):
        LANDSCAPES[key].with_parameters(c=1.0)


def test_landscapes_are_immutable_values():
    surface = LANDSCAPES["rosenbrock"]
    with pytest.raises(FrozenInstanceError):
        surface.key = "other"  # pyright: ignore[reportAttributeAccessIssue]
    for mapping in (LANDSCAPES, surface.knobs):
        with pytest.raises(TypeError):
            mapping["new"] = None  # pyright: ignore[reportIndexIssue]
    again = surface.with_parameters(b=50)
    assert again == surface.with_parameters(b=50.0) != surface
    assert hash(again) == hash(surface.with_parameters(b=50.0))
    assert surface != replace(surface, expression="x") and surface != surface.key


def test_cusp_may_be_anywhere():
    """Only at the cusp, the gradient is 0 and the curvature infinite by definition."""
    bowl = LANDSCAPES["elliptic_bowl"]
    cusped = replace(bowl, cusps=((0.5, -0.25), (1.5, 1.0)))
    theta = np.array([[0.5, -0.5, 0.5, 0.75, 1.5, -1.5], [-0.25, 0.25, 0.25, -0.25, 1.0, -1.0]])
    at = np.array([True, False, False, False, True, False])
    np.testing.assert_array_equal(cusped.gradient(theta), np.where(at, 0.0, bowl.gradient(theta)))
    infinite = np.diag([np.inf, np.inf])[:, :, None]
    np.testing.assert_array_equal(cusped.hessian(theta), np.where(at, infinite, bowl.hessian(theta)))
    np.testing.assert_array_equal(cusped.value(theta), bowl.value(theta))
