"""Losses over data: derivatives, minima, and the effect of preprocessing the features."""

import math
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from landscape_lab.experiments import Scenario, race, results
from landscapes import DATA_LOSSES, LANDSCAPES, SURFACES, DataLoss
from landscapes.critical_points import Kind, classify, find
from landscapes.csv_table import read_csv
from landscapes.data_losses import loss_over
from landscapes.datasets import DataError, Plane, TwoClasses
from optim_core import OPTIMIZERS, Patience, run
from tests.golden.data_cases import CASES, ROWS, THETA
from tests.optim_core.surfaces import assert_same_bits

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "data_gradients.npz")

TREATED = [
    {},
    {"n": 10, "seed": 3},
    {"standardised": True},
    {"batch_norm": True},
    {"l2": 0.2},
    {"dropout": 0.3},
    {"standardised": True, "batch_norm": True, "l2": 0.1, "dropout": 0.5, "outliers": 0.2, "task_angle": -70.0},
]
EVERY = pytest.mark.parametrize("key", DATA_LOSSES)
EVERY_WAY = pytest.mark.parametrize(
    "loss",
    [loss.with_parameters(**changes) for loss in DATA_LOSSES.values() for changes in TREATED],
    ids=lambda loss: loss.text,
)


def points_inside(loss: DataLoss, *lanes: int) -> np.ndarray:
    low, high = np.array(loss.domain).T
    return np.moveaxis(np.random.default_rng(1).uniform(low, high, (*lanes, 2)), -1, 0)


def made(key: str, **changes) -> DataLoss:
    return DATA_LOSSES[key].with_parameters(**changes)


def test_data_losses_are_in_the_registry_of_surfaces():
    assert dict(SURFACES) == {**LANDSCAPES, **DATA_LOSSES} and not set(LANDSCAPES) & set(DATA_LOSSES)
    assert all(loss.key == key == loss.text for key, loss in DATA_LOSSES.items())
    turned = made("linear_regression", standardised=True, n=50)
    assert turned.text == "linear_regression(n=50,standardised=true)" and turned.parameters["n"] == 50
    assert turned.with_parameters(standardised=False, n=20) == DATA_LOSSES["linear_regression"]


@EVERY
def test_entry_is_complete(key):
    loss = DATA_LOSSES[key]
    for words in (loss.label, loss.story, loss.source, loss.formula):
        assert words.strip()
    assert loss.story.endswith(".") and any(c.isdigit() for c in loss.source)
    turned = made(key, l2=1, dropout=0.5, standardised=True)
    for formula in (loss.formula, turned.formula):
        assert formula.count("{") == formula.count("}") > 0 and "{{" not in formula.replace("_{{", "")
    assert r"\alpha" in turned.formula and r"\tilde {z}" in turned.formula and r"\mathbb{E}" in turned.formula
    assert not any(part in loss.formula for part in (r"\lambda", r"\hat", r"\mathbb"))


@pytest.mark.parametrize("name", CASES)
def test_examples_values_and_derivatives_are_those_of_torch(name):
    key, settings = CASES[name]
    loss = made(key, **settings)
    np.testing.assert_allclose(loss.data.features, GOLDEN[f"{name}/features"], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(loss.data.targets, GOLDEN[f"{name}/targets"], rtol=1e-12, atol=1e-12)
    for part, objective in {"whole": loss, "batch": loss.on(ROWS)}.items():
        for what in ("value", "gradient", "hessian"):
            expected = GOLDEN[f"{name}/{part}/{what}"]
            np.testing.assert_allclose(
                getattr(objective, what)(THETA), expected, rtol=1e-11, atol=1e-12 * np.abs(expected).max()
            )


def test_golden_file_has_every_case_and_every_model():
    assert {name.partition("/")[0] for name in GOLDEN.files} == {*CASES, "made_with"}
    assert {key for key, _ in CASES.values()} == set(DATA_LOSSES)
    assert "torch" in str(GOLDEN["made_with"][0])


@EVERY_WAY
@pytest.mark.parametrize("derivative", ["gradient", "hessian"])
@pytest.mark.parametrize("part", ["whole", "batch", "twin"])
def test_derivatives_agree_with_central_differences(loss, derivative, part):
    objective = {"whole": loss, "batch": loss.on(np.array([1, 4, 4, 7])), "twin": loss.validation}[part]
    theta = points_inside(loss, 60)
    below = objective.value if derivative == "gradient" else objective.gradient
    exact = getattr(objective, derivative)(theta)
    for axis, h in enumerate(1e-4 * np.ptp(loss.domain, axis=1)):
        e = np.zeros((2, 1))
        e[axis] = h
        near, far = below(theta + e) - below(theta - e), below(theta + 2 * e) - below(theta - 2 * e)
        np.testing.assert_allclose(exact[axis], (8 * near - far) / (12 * h), rtol=1e-6, atol=1e-7 * np.abs(exact).max())


@EVERY_WAY
def test_full_loss_is_the_loss_on_all_rows(loss):
    theta, rows = points_inside(loss, 7), np.arange(loss.n)
    for what in ("value", "gradient", "hessian"):
        whole = getattr(loss, what)(theta)
        np.testing.assert_allclose(getattr(loss.on(rows), what)(theta), whole, rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(getattr(loss.on(rows[::-1]), what)(theta), whole, rtol=1e-11, atol=1e-11)


@EVERY_WAY
def test_mean_over_rows_is_the_mean_of_single_losses(loss):
    if loss.treatment.batch_norm:
        return  # batch normalisation couples the examples
    theta = points_inside(loss, 5)
    for what in ("value", "gradient", "hessian"):
        singles = [getattr(loss.on(np.array([i])), what)(theta) for i in range(loss.n)]
        np.testing.assert_allclose(np.mean(singles, axis=0), getattr(loss, what)(theta), rtol=1e-10, atol=1e-10)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(0, 2**32 - 1), st.sampled_from(["", "(l2=0.3)", "(batch_norm=true)"]))
def test_single_point_equals_a_point_of_a_batch(size, seed, changes):
    loss = cast(DataLoss, Scenario.from_query({"surface": f"multiple_regression{changes}"}).landscape)
    rng = np.random.default_rng(seed)
    batch = loss.on(rng.integers(loss.n, size=size))
    points = rng.standard_normal((2, 3)) * 10.0 ** rng.integers(-200, 200, (2, 3))
    with np.errstate(all="ignore"):
        together = batch.gradient(points)
        for i in range(3):
            assert_same_bits(batch.gradient(points[:, i : i + 1]), together[:, i : i + 1])
            assert_same_bits(batch.gradient(points[:, i]), together[:, i])


@EVERY_WAY
@pytest.mark.parametrize("what", ["value", "gradient", "hessian"])
def test_point_of_a_batch_is_independent_of_the_others(loss, what):
    theta = points_inside(loss, 3000)  # more than fit the cache with their examples at once
    shared = np.array([2, 9, 9, 0, 5])
    own = np.random.default_rng(2).integers(loss.n, size=(6, 3000))
    for objective in (loss, loss.validation, loss.on(shared)):
        together = getattr(objective, what)(theta)
        for index in (0, 1, 2047, 2999):
            assert_same_bits(together[..., index], getattr(objective, what)(theta[:, index : index + 1])[..., 0])
        some = getattr(objective, what)(theta[:, 5:17].reshape(2, 4, 3))
        assert_same_bits(together[..., 5:17].reshape(*some.shape), some)
    together = getattr(loss.on(own), what)(theta)
    for index in (0, 1777, 2999):
        assert_same_bits(
            together[..., index], getattr(loss.on(own[:, index]), what)(theta[:, index : index + 1])[..., 0]
        )


@EVERY_WAY
def test_listed_minima_are_minima_inside_the_domain(loss):
    (x0, x1), (y0, y1) = loss.domain
    for kind, points in zip(Kind, loss.critical_points, strict=True):
        for x, y in points:
            assert np.abs(loss.on(np.arange(loss.n)).gradient(np.array([x, y]))).max() < 1e-10
            assert classify(loss, np.array([x, y])) is kind
            assert x0 < x < x1 and y0 < y < y1
    if loss.key != "hidden_unit_regression":
        ((x, y),) = loss.minima
        assert min(x - x0, x1 - x) > 0.2 * (x1 - x0) and min(y - y0, y1 - y) > 0.2 * (y1 - y0)
    assert loss.minimum_value == loss.value(loss.minima[0])
    assert loss.minimum_value <= np.nanmin(loss.sample(101)[2]) + 1e-12
    low, high = np.linalg.eigvalsh(loss.hessian(loss.minima[0]))
    assert loss.condition_number == pytest.approx(high / low) and loss.largest_rate == pytest.approx(2 / high)


@EVERY_WAY
def test_starts_are_inside_and_on_a_slope(loss):
    (x0, x1), (y0, y1) = loss.domain
    assert len(set(loss.starts)) == len(loss.starts) >= 3
    for x, y in loss.starts:
        assert x0 < x < x1 and y0 < y < y1 and np.hypot(*loss.gradient((x, y))) > 1e-4
        assert loss.value((x, y)) > loss.minimum_value


@pytest.mark.thorough
@EVERY
def test_starts_stay_in_the_domain_for_all_parameters(key):
    facts = DATA_LOSSES[key].knobs
    for ends in product(*[(knob.low, knob.high) for name, knob in facts.items() if name != "n"]):
        loss = made(key, **dict(zip([name for name in facts if name != "n"], ends, strict=True)))
        for (x0, x1), start in ((loss.domain[0], 0), (loss.domain[1], 1)):
            assert all(x0 < each[start] < x1 for each in DATA_LOSSES[key].starts)


@pytest.mark.thorough
@pytest.mark.parametrize("changes", TREATED, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_critical_points_of_the_hidden_unit_are_those_of_a_search(changes, seed):
    loss = made("hidden_unit_regression", **{**changes, "seed": seed})
    for ours, theirs in zip(loss.critical_points, find(loss, loss.domain, starts=16), strict=True):
        assert sorted(ours) == [pytest.approx(point, abs=1e-7) for point in sorted(theirs)]


def test_least_squares_minimum_is_that_of_numpy():
    data = made("linear_regression").data
    slope, intercept = np.polyfit(data.features[:, 0], data.targets, 1)
    assert DATA_LOSSES["linear_regression"].minima[0] == pytest.approx((slope, intercept), rel=1e-12)
    exact = made("linear_regression", noise=0)
    assert exact.minima[0] == pytest.approx((1.6, -0.8)) and 0 <= (exact.minimum_value or 0) < 1e-25
    assert (exact.sample(51)[2] >= 0).all()


# Preprocessing of features and changes of the loss


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.7])
@pytest.mark.parametrize("key", ["linear_regression", "multiple_regression"])
def test_dropout_in_the_mean_is_ridge_regression(key, rate):
    """E (v - w . (m u) / (1 - p))^2 = (v - w . u)^2 + p / (1 - p) sum_j w_j^2 u_j^2 (Srivastava et al. 2014, 9.1)."""
    plain, dropped = made(key, seed=5), made(key, seed=5, dropout=rate)
    squares = (plain.data.features**2).mean(axis=0)
    strength = rate / (1 - rate) * np.resize(np.append(squares, 0.0), 2)
    theta = points_inside(plain, 30)
    np.testing.assert_allclose(
        dropped.value(theta), plain.value(theta) + (strength[:, None] * theta**2).sum(axis=0), rtol=1e-12
    )
    np.testing.assert_allclose(
        dropped.gradient(theta), plain.gradient(theta) + 2 * strength[:, None] * theta, rtol=1e-10, atol=1e-10
    )
    u = plain.data.features if key == "multiple_regression" else np.column_stack([plain.data.features, np.ones(20)])
    ridge = np.linalg.solve(u.T @ u / 20 + np.diag(strength), u.T @ plain.data.targets / 20)
    np.testing.assert_allclose(dropped.minima[0], ridge, rtol=1e-10)


@EVERY
def test_dropout_in_the_mean_is_the_mean_of_sampled_dropout(key):
    """The mean over 4000 masks, to five standard errors."""
    rate, count = 0.4, 4000
    loss, theta = made(key), np.array(DATA_LOSSES[key].start)
    masks = (np.random.default_rng(0).random((*loss.data.features.shape, count)) >= rate) / (1 - rate)
    many = np.broadcast_to(theta[:, None], (2, count))
    sampled, expected = loss.masked(masks), made(key, dropout=rate)
    for drawn, mean in (
        (sampled.value(many)[None], expected.value(theta)[None]),
        (sampled.gradient(many), expected.gradient(theta)),
    ):
        error = drawn.std(axis=1) / math.sqrt(count)
        assert (error > 0).all() and (np.abs(drawn.mean(axis=1) - mean) < 5 * error).all()
    np.testing.assert_allclose(loss.masked(np.ones_like(masks[..., 0])).value(theta), loss.value(theta), rtol=1e-12)


@pytest.mark.parametrize(("scale", "correlation"), [(1.0, 0.0), (10.0, 0.0), (100.0, 0.0), (10.0, 0.8), (3.0, -0.5)])
def test_standardising_removes_the_scale_from_the_condition_number(scale, correlation):
    raw = made("multiple_regression", scale=scale, correlation=correlation)
    standardised = made("multiple_regression", scale=scale, correlation=correlation, standardised=True)
    rest = (1 + abs(correlation)) / (1 - abs(correlation))
    assert standardised.condition_number == pytest.approx(rest)
    if correlation == 0:
        assert raw.condition_number == pytest.approx(scale**2)
    if scale > 1:
        assert raw.condition_number > 3 * standardised.condition_number
    assert raw.minimum_value == pytest.approx(standardised.minimum_value)


@EVERY
def test_standardising_and_batch_normalisation_improve_the_condition_of_scaled_features(key):
    extreme = {"scale": 20.0} if "scale" in DATA_LOSSES[key].knobs else {}
    extreme |= {"center": 5.0} if "center" in DATA_LOSSES[key].knobs else {}
    raw = made(key, **extreme)
    for how in ("standardised", "batch_norm"):
        treated = made(key, **extreme, **{how: True})
        if not extreme:
            assert treated.condition_number == pytest.approx(raw.condition_number, rel=1e-3)
            continue
        assert treated.condition_number < raw.condition_number / 10
        assert treated.largest_rate > 5 * raw.largest_rate


def test_a_batch_is_normalised_by_its_own_moments():
    loss, rows = made("multiple_regression", batch_norm=True, scale=5), np.array([0, 3, 4, 11])
    u = loss.data.features[rows]
    normal = (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + 1e-5)
    expected = np.mean((normal @ [0.5, -2.0] - loss.data.targets[rows]) ** 2)
    assert loss.on(rows).value(np.array([0.5, -2.0])) == pytest.approx(expected)
    alone = loss.on(np.array([3])).gradient(np.array([0.5, -2.0]))
    np.testing.assert_array_equal(alone, 0)  # a single example is normalised to zero


def test_separable_classes_have_a_minimum_only_with_a_penalty():
    apart = made("logistic_regression", noise=0)
    assert apart.minima == () and apart.minimum_value is None
    assert math.isnan(apart.condition_number) and math.isnan(apart.largest_rate)
    along = np.array(apart.dataset.weights)  # type: ignore[union-attr]
    assert apart.value(40 * along) < apart.value(20 * along) < apart.value(10 * along)
    penalised = made("logistic_regression", noise=0, l2=0.1)
    assert len(penalised.minima) == 1 and np.hypot(*penalised.minima[0]) < 5


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(30))
def test_separability_of_classes_is_decided_exactly(seed):
    """Every separating line goes through the origin, so the test compares with a fine scan over angles."""
    loss = made("logistic_regression", n=10, noise=0.4, seed=seed)
    sign = 2 * loss.data.targets - 1
    angle = np.linspace(0, 2 * np.pi, 200_000)
    margins = np.min(
        [s * (u * np.cos(angle) + v * np.sin(angle)) for s, (u, v) in zip(sign, loss.data.features, strict=True)],
        axis=0,
    )
    assert (loss.minima == ()) == bool((margins > 0).any())


def test_cases_include_separable_and_inseparable_classes():
    empty = [made("logistic_regression", n=10, noise=0.4, seed=seed).minima == () for seed in range(30)]
    assert 5 < sum(empty) < 25


# Predictions and validation


@EVERY_WAY
def test_loss_follows_from_the_predictions(loss):
    if loss.treatment.dropout or loss.treatment.l2:
        return
    theta = points_inside(loss, 4)
    for each in (loss, loss.validation):
        said, truth = each.predict(theta, each.data.features), each.data.targets
        assert said.shape == (4, each.n)
        if loss.key.startswith("logistic"):
            costs = -np.log(np.where(truth > 0.5, said, 1 - said))
        else:
            costs = (said - truth) ** 2
        np.testing.assert_allclose(costs.mean(axis=1), each.value(theta), rtol=1e-6)
    one = loss.predict(theta[:, 0], loss.data.features)
    np.testing.assert_array_equal(one, loss.predict(theta, loss.data.features)[0])


@EVERY
def test_validation_loss_uses_the_moments_of_the_training_data(key):
    loss = made(key, standardised=True, l2=1.0, dropout=0.4)
    u = (loss.held_out.features - loss.data.features.mean(axis=0)) / loss.data.features.std(axis=0)
    np.testing.assert_allclose(loss.validation.columns, u.T, rtol=1e-12)
    plain = made(key, standardised=True)
    theta = points_inside(loss, 9)
    np.testing.assert_array_equal(loss.validation.value(theta), plain.validation.value(theta))
    assert loss.validation.domain == loss.domain and loss.validation.n == loss.held_out.n == 200
    assert loss.validation != loss and loss.validation.text != loss.text
    assert loss.validation.with_parameters(n=50) == loss.with_parameters(n=50).validation


def test_run_can_be_stopped_by_its_validation_loss():
    loss = made("multiple_regression", n=10, noise=3, correlation=0.95, seed=1)
    stop = Patience(20, monitor=loss.validation)
    path = run(loss, OPTIMIZERS["gradient_descent"](0.02), loss.start, 3000, stop=stop)
    watched = loss.validation.value(path.points[: path.last_step + 1].T)
    assert path.outcome.name == "STOPPED_EARLY" and path.last_step == watched.argmin() + 20


def test_data_losses_are_raced_from_a_link():
    for key in DATA_LOSSES:
        link = {
            "surface": f"{key}(n=50,noise=1.5,standardised=true)",
            "noise": "minibatch(size=5)",
            "lanes": "momentum(learning_rate=0.01),adam(learning_rate=0.05)",
            "steps": "100",
        }
        scenario = Scenario.from_query(link)
        assert scenario.landscape == made(key, n=50, noise=1.5, standardised=True)
        assert Scenario.from_query(scenario.to_query()) == scenario
        assert len(results(race(scenario))) == 2


# User data


def own_file(classes: bool = False) -> str:
    rng = np.random.default_rng(0)
    size, age = rng.normal(120, 30, 50), rng.uniform(0, 80, 50)
    price = 900 + 12 * size - 5 * age + rng.normal(0, 50, 50)
    last = (price > np.median(price)).astype(int) if classes else price
    return "size,age,price\n" + "\n".join(f"{a:.2f},{b:.2f},{c:g}" for a, b, c in zip(size, age, last, strict=True))


def test_file_becomes_a_surface():
    data = read_csv(own_file())
    loss = loss_over("multiple_regression", data)
    assert (loss.n, loss.held_out.n) == (50, 0) and loss.data.names == ("size", "age", "price")
    assert loss == loss_over("multiple_regression", read_csv(own_file().encode()))
    assert loss != loss_over("multiple_regression", read_csv(own_file().replace("age", "years")))
    assert loss.text != "multiple_regression"
    u, v = loss.data.features, loss.data.targets
    assert loss.minima[0] == pytest.approx(tuple(np.linalg.lstsq(u, v, rcond=None)[0]), rel=1e-9)
    standardised = loss.with_parameters(standardised=True)
    assert standardised.condition_number < loss.condition_number
    for each in (loss, standardised):
        ((x0, x1), (y0, y1)), ((x, y),) = each.domain, each.minima
        assert x0 < x < x1 and y0 < y < y1 and np.isfinite(each.sample(20)[2]).all()
        for a, b in each.starts:
            assert x0 < a < x1 and y0 < b < y1
            assert (float(f"{a:.6g}"), float(f"{b:.6g}")) == (a, b), "a field and a link show it whole"


def test_data_unsuitable_for_a_model_are_refused():
    two = read_csv(own_file())
    one = read_csv("\n".join(f"{i},{i % 5}" for i in range(20)))
    with pytest.raises(DataError, match="needs 1 features, not 2"):
        loss_over("linear_regression", two)
    with pytest.raises(DataError, match="needs 2 features, not 1"):
        loss_over("multiple_regression", one)
    with pytest.raises(DataError, match="must be 0 and 1"):
        loss_over("logistic_regression", two)
    with pytest.raises(ValueError, match="no model 'forest'"):
        loss_over("forest", one)
    marked = loss_over("linear_regression", read_csv("\n".join(f"{i},{i % 5}" for i in range(31))))
    odd = int(marked.with_parameters(held_out_share=0.1).held_out.features[0, 0])
    lonely = loss_over("linear_regression", read_csv("\n".join("1,0" if i == odd else "0,1" for i in range(31))))
    with pytest.raises(DataError, match="constant"):  # the one row that differs is held out
        lonely.with_parameters(held_out_share=0.1)
    alike = read_csv("u,v,w\n" + "\n".join(f"{i},{i + (i == 19)},{i % 3}" for i in range(20)))
    with pytest.raises(DataError, match="move together"):
        loss_over("multiple_regression", alike.on(np.arange(19)))


columns = st.sampled_from([1e-9, 1e-3, 1.0, 1e6, 1e11])


@pytest.mark.thorough
@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(10, 25), columns, columns, columns, columns)
@example(282, 10, 1e-9, 1e-9, 1e-9, 1e-9)  # flat to the last bit
def test_any_numbers_become_a_surface_or_raise_a_clear_error(seed, n, first, second, target, shift):
    """For columns of any scale, heights are finite, starts are in the domain, and listed minima are minima."""
    rng = np.random.default_rng(seed)
    u = rng.standard_normal((n, 2)) * [first, second] + [0, shift]
    v = target * rng.standard_normal(n)
    for key, features, targets in (
        ("linear_regression", u[:, 1:], v),
        ("multiple_regression", u, v),
        ("hidden_unit_regression", u[:, :1], v),
        ("logistic_regression", u, v > 0),
    ):
        text = "\n".join(",".join(f"{c:.17g}" for c in row) for row in np.column_stack([features, targets]).tolist())
        try:
            raw = loss_over(key, read_csv(text))
        except DataError as error:
            assert len(str(error)) < 300
            continue
        others = []
        with suppress(DataError):  # the training rows may have become constant
            split = raw.with_parameters(held_out_share=0.3)
            others = [split, split.validation]
        for loss in (raw, raw.with_parameters(standardised=True), *others):
            assert np.isfinite(loss.sample(7)[2]).all() and loss.condition_number != 0
            (x0, x1), (y0, y1) = loss.domain
            assert all(x0 < x < x1 and y0 < y < y1 for x, y in (*loss.starts, *loss.minima))
            assert all(loss.value(place) <= loss.value(start) for place in loss.minima[:1] for start in loss.starts)


@pytest.mark.parametrize("key", ["linear_regression", "hidden_unit_regression", "logistic_regression"])
def test_other_models_over_a_file(key):
    text = own_file(classes=True) if key == "logistic_regression" else "\n".join(f"{i / 7},{i % 5}" for i in range(40))
    loss = loss_over(key, read_csv(text)).with_parameters(l2=0.01, standardised=True)
    assert loss.minima and set(loss.knobs) == {"held_out_share", "standardised", "batch_norm", "l2", "dropout"}
    path = run(loss, OPTIMIZERS["adam"](0.05), loss.start, 500)
    assert path.losses[-1] < path.losses[0]


def test_minimum_of_many_examples_is_near_the_true_weights():
    """With many examples the minimum is within five standard errors of the true weights."""
    loss = made("multiple_regression", n=2000, noise=0.5)
    assert np.abs(np.subtract(loss.minima[0], Plane().weights)).max() < 5 * 0.5 / math.sqrt(2000)
    classes = made("logistic_regression", n=2000, noise=1.0)
    errors = np.sqrt(np.diag(np.linalg.inv(2000 * classes.hessian(classes.minima[0]))))
    assert (np.abs(np.subtract(classes.minima[0], TwoClasses().weights)) < 5 * errors).all()


# Anscombe 1973, Graphs in statistical analysis: four sets of eleven points with one line of least squares.
ANSCOMBE_X = (10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5)
ANSCOMBE_FOURTH_X = (8, 8, 8, 8, 8, 8, 8, 19, 8, 8, 8)
ANSCOMBE_Y = (
    (8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68),
    (9.14, 8.14, 8.74, 8.77, 9.26, 8.10, 6.13, 3.10, 9.13, 7.26, 4.74),
    (7.46, 6.77, 12.74, 7.11, 7.81, 8.84, 6.08, 5.39, 8.15, 6.42, 5.73),
    (6.58, 5.76, 7.71, 8.84, 8.47, 7.04, 5.25, 12.50, 5.56, 7.91, 6.89),
)


@pytest.mark.parametrize("number", range(4))
def test_published_regression_lines_are_reproduced(number: int):
    """Slope and intercept round to the published .500 and 3.00, and equal the closed form to the last digits."""
    u, v = np.array(ANSCOMBE_FOURTH_X if number == 3 else ANSCOMBE_X, float), np.array(ANSCOMBE_Y[number])
    loss = loss_over(
        "linear_regression", read_csv("x,y\n" + "\n".join(f"{a:g},{b}" for a, b in zip(u, v, strict=True)))
    )
    slope = ((u - u.mean()) * (v - v.mean())).sum() / ((u - u.mean()) ** 2).sum()
    assert loss.minima[0] == pytest.approx((slope, v.mean() - slope * u.mean()), rel=1e-12)
    assert (round(loss.minima[0][0], 3), round(loss.minima[0][1], 2)) == (0.5, 3.0)


def test_rows_are_held_out_only_on_request():
    text = "x,y\n" + "\n".join(f"{a},{b}" for a, b in zip(ANSCOMBE_X, ANSCOMBE_Y[0], strict=True))
    loss = loss_over("linear_regression", read_csv(text))
    assert (loss.n, loss.held_out.n) == (11, 0)
    with pytest.raises(ValueError, match="held_out_share"):
        _ = loss.validation
    part = loss.with_parameters(held_out_share=0.3)
    assert (part.n, part.held_out.n, part.validation.n) == (8, 3, 3)
    both = np.concatenate([part.data.targets, part.held_out.targets])
    np.testing.assert_array_equal(np.sort(both), np.sort(ANSCOMBE_Y[0]))
    assert part.minima[0] == pytest.approx(np.polyfit(part.data.features[:, 0], part.data.targets, 1), rel=1e-9)
    assert part.starts == loss.starts and part.key == loss.key and part != loss
    assert part.with_parameters(l2=0.1).n == 8
