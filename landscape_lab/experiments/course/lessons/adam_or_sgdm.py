from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from landscape_lab.experiments.course.lesson import Values, claim, goal, predict
from landscape_lab.experiments.course.network_methods import LEVELS, LEVELS_WRONG, Comparison, comparison, quartiles
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.course.sgdm_and_adam import (
    ALIKE,
    CONDITION,
    LENGTH,
    METHODS,
    MOMENTUM,
    RATES,
    SLACK,
    STARTS,
    STEPS_OF_A_DECADE,
    VALLEY_STARTS,
    cost_of_leaving,
    curvatures,
    gaps,
    grid,
    half_lost,
    landed,
    limit_of,
    on_the_grid,
    optimizer,
    rate_of,
    reaches_the_sharp,
    sharp_then_flat,
    tuned_rates,
    valley,
)
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.sentence import word
from landscape_lab.experiments.tables import results
from landscapes import LANDSCAPES, Landscape
from optim_core import Trajectory, knob, run
from optim_core.metrics import distance
from optim_core.objective import Array, norm
from optim_core.optimizers.momentum import Momentum
from optim_core.optimizers.qhm import QHM

ANGLES = (0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0)
"""Degrees by which the valley is turned in the figure."""
SHIFT = 0.2
"""How far the test landscape is shifted from the training landscape."""
HALF, TENTH = 0.5, 0.1
"""Factors of the loss."""
GROUND = {"surface": "sharp_and_flat", "start": "-1.9,0.3", "steps": "200"}
VALLEY = {"surface": f"elliptic_bowl(condition={CONDITION},angle=0)", "start": "-1.7,1", "steps": "200"}
NEAR_SHARP = {"surface": "sharp_and_flat", "start": "-1.55,0.05", "steps": "400"}
AT_REST = 0.01
"""Distance from the minimum below which the run of a goal counts as being at rest."""


WRONG, CORRECT = 0.2, 0.0
"""Shares of wrong labels with which the network is trained."""
SMALL, LARGE = 32, 250
"""Sizes of its batches."""
DEFAULTS = (0.01, 0.001)
"""Learning rates of SGDM and Adam that are common where they are not tuned."""
ALIKE_NETWORKS = 0.01
"""Validation accuracies that differ by no more than this are called alike."""


def entries(sgdm: float, mean: float, adam: float) -> str:
    """Return SGDM with a sum, SGDM with a mean and Adam at these learning rates, in the notation of links."""
    return (
        f'momentum(learning_rate={sgdm:.6g},momentum={MOMENTUM},name="SGDM, sum"),'
        f'qhm(learning_rate={mean:.6g},momentum={MOMENTUM},nu=1,name="SGDM, mean"),adam(learning_rate={adam:.6g})'
    )


@final
@dataclass(frozen=True)
class AdamOrSgdm(RaceLesson):
    """Comparison of Adam with gradient descent with momentum: at equal numbers of the rate, and at the best rates."""

    number: ClassVar[int] = 10
    icon: ClassVar[str] = ":material/balance:"
    source: ClassVar[str] = (
        "Wilson et al. 2017, The marginal value of adaptive gradient methods; "
        "Choi et al. 2019, On empirical comparisons of optimizers for deep learning; "
        "Keskar and Socher 2017, Improving generalization by switching from Adam to SGD; "
        "Hochreiter and Schmidhuber 1997, Flat minima; Dinh et al. 2017, Sharp minima can generalize for deep nets"
    )
    about: ClassVar[frozenset[str]] = frozenset({"momentum", "adam", "sharp_and_flat"})

    learning_rate: float = knob(
        0.35, 0.01, 4.0, symbol=r"\eta", scale="log", help="The number that all three have as their learning rate."
    )
    loss_scale: float = knob(
        1.0,
        0.1,
        10.0,
        symbol="c",
        scale="log",
        help="Multiplies the loss, as if it were measured in another unit. Shown as what it amounts to: the rates of "
        "SGDM are multiplied by c.",
    )
    angle: float = knob(
        45.0, 0.0, 45.0, symbol=r"\varphi", help="Degrees by which the long valley of the speed comparison is turned."
    )

    def link(self) -> Mapping[str, str]:
        rate = self.learning_rate
        return GROUND | {"lanes": entries(rate * self.loss_scale, rate * self.loss_scale, rate)}

    @property
    def all_rates(self) -> tuple[float, ...]:
        """The learning rates of `shares`."""
        return RATES

    @property
    def shares(self) -> list[Array]:
        """For each method, the share of the starts that end in the sharp minimum, at each of `all_rates`."""
        return [on_the_grid(method)[0] / STARTS for method in METHODS]

    @property
    def fractions(self) -> tuple[Array, list[Array]]:
        """Fractions of the limit of each method, and `shares` at these; NaN where no such rate was tried."""
        offsets = np.arange(-12, 7)
        shares = []
        for method, share in zip(METHODS, self.shares, strict=True):
            column = offsets + RATES.index(limit_of(method))
            inside = (column >= 0) & (column < len(RATES))
            shares.append(np.where(inside, share[np.clip(column, 0, len(RATES) - 1)], np.nan))
        return 10.0 ** (offsets / len(STEPS_OF_A_DECADE)), shares

    @property
    def angles(self) -> tuple[float, ...]:
        """The angles of `speeds`."""
        return ANGLES

    @property
    def speeds(self) -> Array:
        """Quartiles of the steps of SGDM and Adam at their best rates, shape (methods, quartiles, angles)."""
        return np.stack([valley(angle).quartiles for angle in ANGLES], axis=-1)

    @property
    def cut(self) -> tuple[Array, Array, Array]:
        """x, the loss and the loss of the shifted surface along the line through the sharp and the flat minimum."""
        surface = LANDSCAPES["sharp_and_flat"]
        (low, high), _ = surface.domain
        x = np.linspace(low, high, 301)
        train, test = (surface.value(np.array([at, np.zeros_like(x)])) for at in (x, x - SHIFT))
        return x, train, test

    @claim
    def one_method_two_numbers(self, race: Race) -> tuple[bool, Values]:
        sgdm, mean, _adam = race.trajectories
        ten = self.learning_rate / (1 - MOMENTUM)
        rewritten = run(race.landscape, optimizer("mean", ten * self.loss_scale), sgdm.points[0], sgdm.steps)
        apart, same = (float(np.abs(sgdm.points - path.points).max()) for path in (mean, rewritten))
        return apart > 0.1 and same < 1e-6, {"rate": self.learning_rate, "ten": ten, "apart": apart, "same": same}

    @claim
    def same_number(self, _race: Race) -> tuple[bool, Values]:
        sgdm, mean, adam = (landed(method, self.learning_rate, self.loss_scale) for method in METHODS)
        holds = sgdm < min(mean, adam) / 2 and abs(mean - adam) <= ALIKE
        return holds, {"rate": self.learning_rate, "starts": STARTS, "sgdm": sgdm, "mean": mean, "adam": adam}

    @claim
    def unit_of_the_loss(self, _race: Race) -> tuple[bool, Values]:
        factors = (1.0, HALF, TENTH)
        sgdm, adam = ([landed(each, self.learning_rate, factor) for factor in factors] for each in ("sum", "adam"))
        values = {"rate": self.learning_rate, "half": HALF, "tenth": TENTH, "adam": adam[0]}
        counts = {"sgdm": sgdm[0], "sgdm_half": sgdm[1], "sgdm_tenth": sgdm[2]}
        return len(set(adam)) == 1 and sgdm[0] < sgdm[1] < sgdm[2], values | counts

    @claim
    def tuned_rates_alike(self, _race: Race) -> tuple[bool, Values]:
        rates = tuned_rates()
        counts = [landed(method, rate) for method, rate in zip(METHODS, rates, strict=True)]
        values: Values = {"starts": STARTS, "slack": SLACK - 1}
        for method, rate, count in zip(METHODS, rates, counts, strict=True):
            values |= {f"{method}_rate": rate, method: count}
        return max(counts) - min(counts) <= ALIKE and min(counts) > ALIKE, values

    @claim
    def own_limits(self, _race: Race) -> tuple[bool, Values]:
        limits = {f"{method}_limit": limit_of(method) for method in METHODS}
        halves = {f"{method}_half": half_lost(method) / limit_of(method) for method in METHODS}
        sgdm_cost, adam_cost = (cost_of_leaving(method)[1] for method in ("sum", "adam"))
        holds = all(0.6 < half <= 1 for half in halves.values()) and adam_cost > 2 * sgdm_cost
        return holds, limits | halves | {"sgdm_cost": sgdm_cost, "adam_cost": adam_cost}

    @claim
    def sharp_minima_have_the_larger_gap(self, _race: Race) -> tuple[bool, Values]:
        sharp, flat = gaps(SHIFT)
        return sharp > 2 * flat, {"shift": SHIFT, "sharp": sharp, "flat": flat}

    @claim
    def advantage_along_the_axes(self, _race: Race) -> tuple[bool, Values]:
        (sgdm_axes, adam_axes), (sgdm, adam) = valley(0.0).best, valley(round(self.angle, 3)).best
        values = {"sgdm_axes": sgdm_axes, "adam_axes": adam_axes, "sgdm": sgdm, "adam": adam}
        holds = adam_axes < 0.95 * sgdm_axes and adam > 0.97 * sgdm
        return holds, values | {"angle": self.angle, "starts": VALLEY_STARTS, "condition": CONDITION}

    def network(self, wrong: float = CORRECT, batch: int = SMALL) -> Comparison:
        """The trainings of the network with a share of wrong labels and a size of batches."""
        return comparison(wrong, batch)

    _settings: ClassVar[Mapping[str, tuple[float, int]]] = {
        "": (CORRECT, SMALL),
        "wrong_": (WRONG, SMALL),
        "large_": (CORRECT, LARGE),
    }

    @property
    def network_errors(self) -> tuple[Array, Array]:
        """Learning rates, and the quartiles of the validation error of both methods at these: (3, 4, rates), with
        correct labels and with wrong ones; NaN where a rate was not tried."""
        both = [self.network(wrong) for wrong in (CORRECT, WRONG)]
        rates = np.unique(both[0].rates)
        found = np.full((3, 4, len(rates)), np.nan)
        for row, (networks, method) in enumerate((networks, method) for networks in both for method in (0, 1)):
            columns = np.searchsorted(rates, networks.rates[:, method])
            found[:, row, columns] = quartiles(1 - networks.compared("validation_accuracy")[:, :, method])
        return rates, found

    @property
    def network_sharpness(self) -> tuple[Array, Array]:
        """Training losses, and the quartiles of the sharpness of trainings that end there: (3, 4, losses)."""
        losses = np.geomspace(0.003, 1, 26)
        of_all = [self.network(wrong).sharpness_at(losses) for wrong in (CORRECT, WRONG)]
        return losses, np.stack([quartiles(sharp[:, :, method]) for sharp in of_all for method in (0, 1)], axis=1)

    @claim(cell="network")
    def tuned_networks_alike(self, _race: Race) -> tuple[bool, Values]:
        values: Values = {}
        for name, setting in self._settings.items():
            networks = self.network(*setting)
            sgdm, adam = networks.at(networks.tuned, "validation_accuracy").T
            low, median, high = np.quantile(adam - sgdm, (0.25, 0.5, 0.75)).tolist()
            values |= {f"{name}sgdm": float(np.median(sgdm)), f"{name}adam": float(np.median(adam))}
            values |= {f"{name}apart": 100 * median, f"{name}low": 100 * low, f"{name}high": 100 * high}
            rates = networks.rates[networks.tuned, [0, 1]].tolist()
            values |= {f"{name}sgdm_rate": rates[0], f"{name}adam_rate": rates[1]}
        holds = all(abs(values[f"{name}apart"]) <= 100 * ALIKE_NETWORKS for name in self._settings)
        return holds, values | {"large": LARGE, "seeds": self.network().seeds}

    @claim(cell="network")
    def untuned_networks_lose(self, _race: Race) -> tuple[bool, Values]:
        networks, lost = self.network(), []
        for method, rate in enumerate(DEFAULTS):
            rates = networks.tuned.copy()
            rates[method] = networks.number(rate, method)
            accuracy = networks.at(rates, "validation_accuracy")
            lost.append(int((accuracy[:, method] < accuracy[:, 1 - method]).sum()))
        values = {"sgdm_rate": DEFAULTS[0], "adam_rate": DEFAULTS[1], "sgdm": lost[0], "adam": lost[1]}
        return min(lost) > networks.seeds / 2, values | {"seeds": networks.seeds}

    @claim(cell="network")
    def network_speed(self, _race: Race) -> tuple[bool, Values]:
        values: Values = {"large": LARGE}
        for name, setting in self._settings.items():
            networks = self.network(*setting)
            sgdm, adam = np.median(networks.at(networks.fastest, "reached"), axis=0).tolist()
            values |= {f"{name}sgdm": sgdm, f"{name}adam": adam, f"{name}ratio": adam / sgdm}
        holds = min(values["ratio"], values["large_ratio"]) > 0.7 and values["wrong_ratio"] < 1
        return holds, values

    @claim(cell="network")
    def sharpness_follows_the_loss(self, _race: Race) -> tuple[bool, Values]:
        networks = self.network()
        sharp, loss = (np.median(networks.at(networks.tuned, name), axis=0) for name in ("sharpness", "loss"))
        values = {"before": float(np.median(networks["before"])), "sgdm": float(sharp[0]), "adam": float(sharp[1])}
        values |= {"sgdm_loss": float(loss[0]), "adam_loss": float(loss[1])}
        for name, wrong, losses in (("", CORRECT, LEVELS), ("wrong_", WRONG, LEVELS_WRONG)):
            ends = self.network(wrong).sharpness_at(losses)
            ratios = np.median(ends[:, :, 1] / ends[:, :, 0], axis=0)
            values |= {f"{name}low": float(ratios.min()), f"{name}high": float(ratios.max())}
        near = min(values["low"], values["wrong_low"]) > 0.8 and max(values["high"], values["wrong_high"]) < 1.3
        holds = near and bool(sharp.max() < values["before"] / 4)
        return holds, values | {"lowest": float(LEVELS[0]), "highest": float(LEVELS[-1])}

    @claim(cell="network")
    def flat_is_not_better(self, _race: Race) -> tuple[bool, Values]:
        networks = self.network(WRONG)
        values: Values = {}
        for name, rates in (("", networks.tuned), ("flat_", networks.lowest)):
            for kind in ("sharpness", "validation_accuracy"):
                sgdm, adam = np.median(networks.at(rates, kind), axis=0).tolist()
                values |= {f"{name}sgdm_{kind}": sgdm, f"{name}adam_{kind}": adam}
        pairs = [(f"flat_{name}", name) for name in values if not name.startswith("flat_")]
        flatter = [values[flat] < 0.5 * values[name] for flat, name in pairs if name.endswith("sharpness")]
        worse = [values[flat] < values[name] - 0.05 for flat, name in pairs if name.endswith("accuracy")]
        return all(flatter) and all(worse), values

    @predict(
        options=("sgdm_fewer", "adam_fewer", "alike"),
        link=GROUND
        | {"lanes": f'momentum(learning_rate=0.08,momentum={MOMENTUM},name="SGDM"),adam(learning_rate=0.125)'},
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        counts = [
            int(reaches_the_sharp(race.landscape, run(race.landscape, entry.optimizer, grid(), LENGTH)).sum())
            for entry in race.scenario.entries
        ]
        sgdm_rate, adam_rate = (rate_of(entry) for entry in race.scenario.entries)
        sgdm, adam = counts
        right = "alike" if abs(sgdm - adam) <= ALIKE else "sgdm_fewer" if sgdm < adam else "adam_fewer"
        values = {"sgdm": sgdm, "adam": adam, "sgdm_rate": sgdm_rate, "adam_rate": adam_rate, "starts": STARTS}
        limits = {"limit": 2 * (1 + MOMENTUM) / curvatures(race.landscape)[0], "adam_limit": limit_of("adam")}
        limits["mean_limit"] = limits["limit"] / (1 - MOMENTUM)
        return right, values | limits | {"usual": AdamOrSgdm().learning_rate}

    @goal(
        link=VALLEY
        | {"lanes": f'momentum(learning_rate=0.004,momentum={MOMENTUM},name="SGDM"),adam(learning_rate=0.08)'},
        fixed=("start", "lanes", "steps"),
        solution={"surface": f"elliptic_bowl(condition={CONDITION},angle=-45)"},
    )
    def adam_loses(self, race: Race) -> tuple[bool, Values]:
        steps = [result.converged_at for result in results(race)]
        long = race.landscape.parameters.get("condition", 0) >= CONDITION
        sgdm, adam = (np.inf if each is None else each for each in [*steps, None, None][:2])
        values = {"sgdm": _or_never(sgdm), "adam": _or_never(adam)}
        return long and sgdm < adam, values

    @goal(
        link=GROUND | {"lanes": entries(0.05, 0.05, 0.05)},
        fixed=("surface", "start", "steps"),
        solution={"lanes": entries(0.05, 0.5, 0.05)},
    )
    def same_path(self, race: Race) -> tuple[bool, Values]:
        first, second = (race.scenario.entries * 2)[:2]
        sgdm, mean = (race.trajectories * 2)[:2]
        forms = isinstance(first.optimizer, Momentum) and rate_of(first) >= 0.01
        forms = forms and isinstance(second.optimizer, QHM) and second.optimizer.nu == 1
        apart = float(np.nanmax(np.abs(sgdm.points - mean.points)))
        return forms and apart < 1e-6, {"apart": apart}

    @goal(
        link=NEAR_SHARP | {"lanes": f'momentum(learning_rate=0.1,momentum={MOMENTUM},name="SGDM")'},
        fixed=("surface", "start", "steps"),
        solution={"lanes": f'momentum(learning_rate=0.31,momentum={MOMENTUM},name="SGDM")'},
    )
    def largest_rate(self, race: Race) -> tuple[bool, Values]:
        entry, path = race.scenario.entries[0], race.trajectories[0]
        limit = 2 * (1 + MOMENTUM) / curvatures(race.landscape)[0]
        kept = isinstance(entry.optimizer, Momentum) and entry.optimizer.momentum == MOMENTUM and not entry.schedules
        if not kept:
            return False, {"rate": word("none"), "limit": limit}
        # The first step is the learning rate times the gradient.
        first = float(norm(path.points[1] - path.points[0]) / norm(race.landscape.gradient(path.points[0])))
        rate = float(f"{first:.6g}")
        larger = run(race.landscape, optimizer("sum", next_in_two_digits(rate)), path.points[0], path.steps)
        holds = float(f"{rate:.2g}") == rate and _is_at_rest(race.landscape, path)
        return holds and not _is_at_rest(race.landscape, larger), {"rate": f"{rate:g}", "limit": limit}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "reversed": GROUND | {"lanes": entries(1.2, 1.2, 1.2)},
        "small_rates": GROUND | {"lanes": entries(0.02, 0.2, 0.05)},
        "turned_valley": VALLEY
        | {
            "surface": f"elliptic_bowl(condition={CONDITION},angle=45)",
            "lanes": f'momentum(learning_rate=0.004,momentum={MOMENTUM},name="SGDM"),adam(learning_rate=0.5)',
        },
    }


def next_in_two_digits(rate: float) -> float:
    """Return the next larger number with two significant digits."""
    return rate + 10.0 ** (np.floor(np.log10(rate)) - 1)


def _is_at_rest(surface: Landscape, path: Trajectory) -> bool:
    return bool(distance(path.points, sharp_then_flat(surface)[:1])[-50:].max() < AT_REST)


def _or_never(steps: float) -> int | str:
    return int(steps) if np.isfinite(steps) else word("never")
