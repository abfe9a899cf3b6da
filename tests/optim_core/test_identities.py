"""Optimizers and settings that must give equal paths, and some that must not."""

import numpy as np
import pytest

from optim_core import OPTIMIZERS, Optimizer, run
from optim_core.objective import Array, Reshaped
from tests.golden.cases import Rosenbrock
from tests.optim_core.surfaces import ALONE, Quadratic, Waves, assert_same_bits

START = (-1.5, 2.0)


def points(optimizer: Optimizer, objective: object | None = None, steps: int = 200) -> Array:
    path = run(objective or Rosenbrock(), optimizer, START, steps)  # pyright: ignore[reportArgumentType]
    assert np.isfinite(path.points).all(), "the comparison needs finite paths"
    assert np.ptp(path.points, axis=0).min() > 0.01, "the comparison needs paths that move"
    return path.points


def assert_close(one: Array, other: Array, tolerance: float = 1e-12) -> None:
    np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


of = OPTIMIZERS
plain = of["gradient_descent"](5e-4)
adam = of["adam"](0.05)


def test_without_momentum_the_heavy_ball_is_gradient_descent() -> None:
    assert_same_bits(points(of["momentum"](5e-4, 0.0)), points(plain))
    assert_same_bits(points(of["nesterov"](5e-4, 0.0)), points(plain))


def test_momentum_and_nesterov_differ() -> None:
    assert np.abs(points(of["momentum"](2e-4, 0.9)) - points(of["nesterov"](2e-4, 0.9))).max() > 1e-3


def test_qhm_lies_between_gradient_descent_and_momentum() -> None:
    assert_close(points(of["qhm"](5e-4, 0.9, 0.0)), points(plain))
    assert_close(points(of["qhm"](2e-3, 0.9, 1.0)), points(of["momentum"](2e-4, 0.9)))


def test_qhadam_with_both_shares_one_is_adam() -> None:
    assert_same_bits(points(of["qhadam"](0.05, nu1=1.0, nu2=1.0)), points(adam))


def test_qhadam_with_both_shares_zero_steps_by_the_sign() -> None:
    """Since g / sqrt(g^2) is the sign of g, every coordinate moves by the learning rate."""
    moves = np.diff(points(of["qhadam"](0.01, nu1=0.0, nu2=0.0, epsilon=1e-30)), axis=0)
    np.testing.assert_allclose(np.abs(moves), 0.01, rtol=1e-12)


def test_l2_is_decoupled_decay_for_gradient_descent_but_not_for_adam() -> None:
    l2, decay = of["l2_penalty"], of["decoupled_decay"]
    assert_close(points(l2(plain, 0.3)), points(decay(plain, 0.3)))
    assert np.abs(points(l2(adam, 0.3)) - points(decay(adam, 0.3))).max() > 1e-2


def test_decay_pulls_towards_zero() -> None:
    for wrapper in ("l2_penalty", "decoupled_decay"):
        decayed = points(of[wrapper](of["gradient_descent"](0.05), 2.0), Quadratic(1, 0, 0.5))
        plainly = points(of["gradient_descent"](0.05), Quadratic(1, 0, 0.5))
        assert (np.abs(decayed[1:]) < np.abs(plainly[1:])).all()


def test_adamw_is_adam_with_decoupled_decay() -> None:
    assert_close(points(of["adamw"](0.05, weight_decay=0.1)), points(of["decoupled_decay"](adam, 0.1)))
    assert_same_bits(points(of["adamw"](0.05, weight_decay=0.0)), points(adam))


def test_amsgrad_is_adam_while_the_gradient_grows() -> None:
    """Until v decreases for the first time, the maximum of v is v itself."""
    path = run(Rosenbrock(), of["amsgrad"](0.05), START, 200, record_state=True)
    falls = (path.state["v"] < path.state["v_max"]).any(axis=1)
    first = int(falls.argmax())
    assert 1 < first < 200
    assert_same_bits(path.points[: first + 1], points(adam)[: first + 1])
    assert (np.diff(path.state["v_max"], axis=0) >= 0).all()


class Scaled(Reshaped):
    """The loss multiplied by a thousand."""

    def value(self, theta: Array) -> Array:
        return 1000 * self.objective.value(theta)

    def gradient(self, theta: Array) -> Array:
        return 1000 * self.objective.gradient(theta)


@pytest.mark.parametrize(
    "name", ["adam", "amsgrad", "adamax", "nadam", "qhadam", "rmsprop", "adagrad", "lion", "rprop"]
)
def test_scale_invariant_optimizers_keep_their_path(name: str) -> None:
    """Epsilon is tiny and the surface is smooth: chaotic paths would amplify the rounding of the factor."""
    settings = {"epsilon": 1e-150} if hasattr(ALONE[name], "epsilon") else {}
    calm = of[name](learning_rate=0.003, **settings)
    assert_close(points(calm, Quadratic(1, 0.2, 2)), points(calm, Scaled(Quadratic(1, 0.2, 2))), 1e-9)


@pytest.mark.parametrize("name", ["gradient_descent", "momentum", "nesterov", "qhm"])
def test_scale_dependent_optimizers_change_their_path(name: str) -> None:
    optimizer = of[name](learning_rate=1e-4)
    assert np.abs(points(optimizer, Waves()) - points(optimizer, Scaled(Waves()))).max() > 0.1


@pytest.mark.parametrize("inner", ALONE)
def test_wrappers_that_do_nothing_are_their_inner_optimizer(inner: str) -> None:
    alone = run(Waves(), ALONE[inner], START, 60)
    for name, settings in {
        "lookahead": {"slow_step_size": 1.0},
        "clipping": {"max_norm": 1e300},
        "delayed": {"delay": 0},
        "sharpness_aware": {"radius": 0.0},
        "decoupled_decay": {"weight_decay": 0.0},
        "l2_penalty": {"strength": 0.0},
    }.items():
        wrapped = run(Waves(), of[name](ALONE[inner], **settings), START, 60)
        assert np.array_equal(wrapped.points, alone.points, equal_nan=True), name


def test_lookahead_returns_half_way() -> None:
    path = run(Rosenbrock(), of["lookahead"](adam, 5, 0.5), START, 5)
    fast = run(Rosenbrock(), adam, START, 5)
    assert_same_bits(path.points[:5], fast.points[:5])
    assert_close(path.points[5], (fast.points[5] + START) / 2)


@pytest.mark.parametrize("delay", [1, 3, 20])
def test_delayed_takes_the_gradient_of_the_point_some_steps_ago(delay: int) -> None:
    path = run(Waves(), of["delayed"](of["gradient_descent"](0.02), delay), START, 60)
    points = [np.array(START)]
    for t in range(60):
        points.append(points[-1] - 0.02 * Waves().gradient(points[max(t - delay, 0)]))
    assert_same_bits(path.points, np.array(points))


def test_delayed_keeps_the_distance_at_which_nesterov_evaluates_its_gradient() -> None:
    path = run(Waves(), of["delayed"](of["nesterov"](0.02, 0.9), 3), START, 60)
    points, m = [np.array(START)], np.zeros(2)
    for t in range(60):
        m = 0.9 * m + 0.02 * Waves().gradient(points[max(t - 3, 0)] - 0.9 * m)
        points.append(points[-1] - m)
    assert_close(path.points, np.array(points), 1e-9)


def test_clipping_shortens_the_gradient_and_keeps_its_direction() -> None:
    inside, g = Quadratic(1, 0, 1), np.array([30.0, -40.0])
    path = run(inside, of["clipping"](of["gradient_descent"](1.0), 2.0), g, 1)
    assert_close(path.points[1], g - 2 * g / 50)


def test_clipping_is_finite_where_the_square_of_the_gradient_overflows() -> None:
    path = run(Quadratic(1e200, 0, 1e200), of["clipping"](of["gradient_descent"](0.1), 1.0), (0.6, 0.8), 1)
    assert_close(path.points[1], 0.9 * np.array([0.6, 0.8]))


def test_sharpness_aware_takes_the_gradient_uphill() -> None:
    """On 1/2 |theta|^2 the gradient at distance `radius` uphill of theta is longer by `radius`."""
    path = run(Quadratic(1, 0, 1), of["sharpness_aware"](of["gradient_descent"](0.1), 0.25), (3.0, 4.0), 1)
    assert_close(path.points[1], np.array([3.0, 4.0]) * (1 - 0.1 * 5.25 / 5))


def test_first_step_of_adam() -> None:
    """With bias correction it is the learning rate; without, (1 - beta1) / sqrt(1 - beta2) times the rate."""
    step = np.diff(points(of["adam"](0.05, 0.9, 0.999, 1e-30), steps=1), axis=0)
    biased = np.diff(points(of["adam"](0.05, 0.9, 0.999, 1e-30, bias_correction=False), steps=1), axis=0)
    np.testing.assert_allclose(np.abs(step), 0.05, rtol=1e-12)
    np.testing.assert_allclose(biased / step, (1 - 0.9) / np.sqrt(1 - 0.999), rtol=1e-12)


def test_radam_is_momentum_for_its_first_five_steps() -> None:
    path = run(Rosenbrock(), of["radam"](1e-4), START, 20, record_state=True)
    unadapted = -np.diff(path.points, axis=0) / path.state["m_hat"]
    assert (path.state["rho"][:5] <= 5).all() and (path.state["rho"][5:] > 5).all()
    np.testing.assert_allclose(unadapted[:5], 1e-4, rtol=1e-9)
    assert (np.abs(unadapted[5:] / 1e-4 - 1) > 0.1).all()


@pytest.mark.parametrize("rho_inf", [1.0, 3.0, 4.0, 5.0, 5.0 + 1e-9, 6.0])
def test_radam_is_defined_for_every_rho_inf(rho_inf: float) -> None:
    """For rho_inf at most 5 the second moment is never used; the quotient has a pole at 4."""
    path = run(Rosenbrock(), of["radam"](1e-4, beta2=1 - 2 / (rho_inf + 1)), START, 60, record_state=True)
    assert np.isfinite(path.points).all()
    assert (path.state["rho"] > 5).any() == (rho_inf > 5.1)
