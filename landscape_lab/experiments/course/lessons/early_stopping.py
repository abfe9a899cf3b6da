from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, cast, final

import numpy as np

from landscape_lab.experiments.course.lesson import Values, choice, claim, goal, predict
from landscape_lab.experiments.course.memorised_labels import Trainings, middle, trainings
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import word
from landscapes import SURFACES, DataLoss
from landscapes.datasets import Plane
from optim_core import OPTIMIZERS, Trajectory, knob, run
from optim_core.objective import Array
from optim_core.optimizers.gradient_descent import GradientDescent
from optim_core.stopping import Patience

STEPS = 500
"""Number of steps of the run without early stopping."""
RATE = 0.02
TEN = {
    "surface": "multiple_regression(n=10,noise=3,correlation=0.9,seed=2)",
    "start": "0,0",
    "steps": str(STEPS),
}
"""Race on the ten examples that the lesson shows first."""
TRAINED = f'gradient_descent(learning_rate={RATE},name="trained")'
PAIRS = "minibatch(size=2)"
SLOW, PENALISED = 9.25, 9.5
"""Validation losses that two goals ask for. The lowest of the run is 9.06, and it ends at 13."""
DRAWS = 100
"""Number of draws of the data over which the lesson counts."""
CLEARLY = 0.05
"""Relative rise above which a validation loss counts as clearly above its best value."""
WRONG, CORRECT = 0.2, 0.0
"""Shares of wrong labels with which the network is trained."""
EPOCHS_OF_PATIENCE = 10
SOURCES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        word("10 examples, noise 3, correlation 0.9"): {"n": 10, "noise": 3.0, "correlation": 0.9},
        word("20 examples, noise 0.5, no correlation"): {"n": 20, "noise": 0.5, "correlation": 0.0},
        word("200 examples, noise 3, correlation 0.9"): {"n": 200, "noise": 3.0, "correlation": 0.9},
    }
)
"""Parameters of the sources from which draws are counted, by their names. The first is that of the race."""


@final
@dataclass(frozen=True)
class EarlyStopping(RaceLesson):
    """One long run on ten noisy examples, and the rule that would have stopped it."""

    number: ClassVar[int] = 15
    icon: ClassVar[str] = ":material/front_hand:"
    source: ClassVar[str] = (
        "Prechelt 1998, Early stopping – but when?; Bishop 1995, Regularization and complexity control in feed-forward "
        "networks; Goodfellow, Bengio and Courville 2016, Deep Learning, section 7.8; "
        "Zhang et al. 2017, Understanding deep learning requires rethinking generalization; "
        "Arpit et al. 2017, A closer look at memorization in deep networks"
    )
    about: ClassVar[frozenset[str]] = frozenset({"multiple_regression"})
    shown: ClassVar[Mapping[str, Any]] = MappingProxyType({"loss_axis": "linear"})
    shows_validation: ClassVar[bool] = True

    ending: str = choice(
        "on",
        {"on": "runs on", "early": "stops early"},
        help="Whether the run in the picture goes on to the end or stops where the rule says.",
    )
    patience: int = knob(
        20, 1, 200, symbol="P", scale="log", help="How many steps may bring no lower validation loss before it stops."
    )
    draw: int = knob(2, 0, DRAWS - 1, symbol="s", help="Other examples from the same source.")

    def link(self) -> Mapping[str, str]:
        surface = f"multiple_regression(n=10,noise=3,correlation=0.9,seed={self.draw})"
        parts = TEN | {"surface": surface, "lanes": TRAINED, "noise": PAIRS}
        if self.ending == "on":
            return parts
        whole = Scenario.from_query(parts)
        if self.start:
            whole = replace(whole, start=self.start)
        return parts | {"steps": str(int(trained(whole, self.patience).last_step))}

    @property
    def whole(self) -> Scenario:
        """The race with all its steps, whether or not the run that is shown is stopped."""
        return replace(self.scenario, steps=STEPS)

    @property
    def held_out(self) -> DataLoss:
        """The loss on the held-out examples, over the same two weights."""
        return cast(DataLoss, self.scenario.landscape).validation

    @property
    def losses(self) -> tuple[Array, Array]:
        """The training loss and the validation loss of the run without early stopping, shape (steps + 1) each."""
        path = trained(self.whole)
        return path.losses, watched(self.whole, path)

    @property
    def stop(self) -> tuple[int, int | None]:
        """The step whose weights the rule keeps, and the step at which it stops; None if it never stops."""
        return stopped(self.whole, self.patience)

    @property
    def paths(self) -> tuple[Trajectory, Trajectory, Trajectory]:
        """The whole run, the run up to the step at which the rule stops, and up to the step whose weights it keeps."""
        kept, _stop = self.stop
        whole = trained(self.whole)
        return whole, trained(self.whole, self.patience), _until(whole, kept)

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of `SOURCES`."""
        return tuple(SOURCES)

    @property
    def counts(self) -> tuple[list[int], list[int]]:
        """For each of `SOURCES`, the number of draws that end clearly above their lowest loss, and the total."""
        rises = [draws(**source).rises for source in SOURCES.values()]
        return [int((rise > CLEARLY).sum()) for rise in rises], [DRAWS] * len(rises)

    @claim(names="start")
    def turns(self, race: Race) -> tuple[bool, Values]:
        (path,) = race.trajectories
        beside = watched(race.scenario, path)
        best, last = int(np.nanargmin(beside)), int(path.last_step)
        low, end = float(beside[best]), float(beside[last])
        then, now = float(path.losses[best]), float(path.losses[last])
        values = {"best": best, "low": low, "last": last, "end": end, "then": then, "now": now}
        return best > 0 and end > (1 + CLEARLY) * low and now < then, values

    @claim(names="start")
    def stops(self, race: Race) -> tuple[bool, Values]:
        (path,) = race.trajectories
        beside, whole = watched(race.scenario, path), replace(race.scenario, steps=STEPS)
        kept, stop = stopped(whole, self.patience)
        last = int(path.last_step)
        low, end = float(watched(whole, trained(whole))[kept]), float(beside[last])
        there = kept <= last and abs(beside[kept] - low) < 1e-9
        values = {"patience": self.patience, "kept": kept, "low": low, "end": end, "last": last}
        return there and stop == kept + self.patience and low < end, values | {"stop": stop or word("never")}

    @claim(names="start")
    def too_soon(self, _race: Race) -> tuple[bool, Values]:
        whole = replace(_race.scenario, steps=STEPS)
        kept, stop = stopped(whole, 1)
        beside = watched(whole, trained(whole))
        low, best = float(beside[kept]), float(beside.min())
        return low > (1 + CLEARLY) * best, {"stop": stop or word("never"), "low": low, "best": best}

    @claim
    def often(self, _race: Race) -> tuple[bool, Values]:
        rises = self._draws.rises
        count = int((rises > CLEARLY).sum())
        first, third = np.quantile(rises, (0.25, 0.75)).tolist()
        values = {"draws": DRAWS, "count": count, "clearly": CLEARLY, "first": first, "third": third}
        return DRAWS / 3 < count < DRAWS, values

    @claim
    def truly_better(self, _race: Race) -> tuple[bool, Values]:
        many = self._draws
        better = int((many.excess_kept < many.excess_end).sum())
        medians = {"kept": float(np.median(many.excess_kept)), "end": float(np.median(many.excess_end))}
        return better > 0.8 * DRAWS, medians | {"better": better, "draws": DRAWS}

    @property
    def networks(self) -> tuple[Trainings, Trainings]:
        """The trainings of the network: a fifth of the labels wrong, and all of them correct."""
        return trainings(WRONG), trainings(CORRECT)

    @claim(cell="network")
    def memorises(self, _race: Race) -> tuple[bool, Values]:
        wrong, _correct = self.networks
        true, given = wrong.median("recovers"), wrong.median("fits_wrong")
        early = int(true.argmax())
        values = {"early": early, "true": true[early], "given": given[early], "epochs": wrong.epochs}
        holds = early < wrong.epochs / 4 and bool(true[early] > 0.7 and given[early] < 0.1 and given[-1] > 0.9)
        return holds, values | {"true_end": true[-1], "given_end": given[-1]}

    @claim(cell="network")
    def loss_and_accuracy(self, _race: Race) -> tuple[bool, Values]:
        wrong, correct = self.networks
        accurate, low = wrong["validation_accuracy"].argmax(axis=1), wrong.lowest()
        rises = correct["validation_loss"][:, -1] / correct["validation_loss"].min(axis=1) - 1
        change = correct["validation_accuracy"][:, -1] - correct.at(correct.lowest(), "validation_accuracy")
        values = {"accurate": np.median(accurate), "low": np.median(low), "rise": np.median(rises)}
        holds = bool((accurate < low).mean() > 0.7 and values["rise"] > 0.02 and abs(np.median(change)) < 0.005)
        return holds, values | {"seeds": wrong.seeds, "change": 100 * np.median(change) + 0.0}

    @claim(cell="network")
    def gain(self, _race: Race) -> tuple[bool, Values]:
        values: Values = {"patience": EPOCHS_OF_PATIENCE}
        gains = [each.gain(EPOCHS_OF_PATIENCE) for each in self.networks]
        for name, each in zip(("wrong", "correct"), gains, strict=True):
            median, low, high = (100 * value for value in middle(each))
            values |= {name: median, f"{name}_low": low, f"{name}_high": high, f"{name}_better": int((each > 0).sum())}
        wrong, correct = gains
        holds = bool((wrong > 0.02).mean() > 0.9 and abs(np.median(correct)) < 0.01)
        return holds, values | {"seeds": len(wrong)}

    @claim(cell="network")
    def patience_of_networks(self, _race: Race) -> tuple[bool, Values]:
        wrong, _correct = self.networks
        gains = {name: wrong.gain(patience) for name, patience in (("one", 1), ("ten", 10), ("twenty", 20))}
        noisy = wrong.gain(EPOCHS_OF_PATIENCE, "noisy_loss")
        values = {name: 100 * float(np.median(each)) for name, each in [*gains.items(), ("noisy", noisy)]}
        holds = values["ten"] > max(values["one"], values["twenty"]) + 0.5 and values["noisy"] > 0.8 * values["ten"]
        return holds, values | {"seeds": wrong.seeds}

    @property
    def _draws(self) -> "Draws":
        return draws(**next(iter(SOURCES.values())))

    @predict(
        options=("plain", "momentum", "same"),
        link=TEN
        | {
            "lanes": f"gradient_descent(learning_rate={RATE}),momentum(learning_rate={RATE})",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        plain, momentum = race.trajectories
        beside, other = (watched(race.scenario, path) for path in (plain, momentum))
        slow, fast = float(beside[-1]), float(other[-1])
        right = "same" if abs(slow - fast) < 0.02 * slow else "momentum" if fast < slow else "plain"
        values = {"slow": slow, "fast": fast, "best": int(other.argmin()), "low": float(other.min())}
        return right, values | {"slow_train": float(plain.losses[-1]), "fast_train": float(momentum.losses[-1])}

    @goal(
        link=TEN | {"lanes": TRAINED, "noise": PAIRS},
        fixed=("surface", "start", "lanes", "noise", "seed"),
        solution={"steps": "30"},
    )
    def in_time(self, race: Race) -> tuple[bool, Values]:
        end = validation_loss(race)
        whole = replace(race.scenario, steps=STEPS)
        best = float(watched(whole, trained(whole)).min()) if self._judges(race) else np.nan
        return end <= 1.01 * best, {"end": end, "best": best, "steps": race.scenario.steps}

    @goal(
        link=TEN | {"lanes": TRAINED, "noise": PAIRS},
        fixed=("surface", "start", "noise", "steps", "seed"),
        solution={"lanes": "gradient_descent(learning_rate=0.001)"},
    )
    def slower(self, race: Race) -> tuple[bool, Values]:
        end = validation_loss(race)
        return self._judges(race) and end <= SLOW, {"end": end, "low": SLOW, "steps": STEPS}

    @goal(
        link=TEN | {"lanes": TRAINED, "noise": PAIRS},
        fixed=("start", "lanes", "noise", "steps", "seed"),
        solution={"surface": "multiple_regression(n=10,noise=3,correlation=0.9,seed=2,l2=1)"},
    )
    def penalty(self, race: Race) -> tuple[bool, Values]:
        end, scenario = validation_loss(race), race.scenario
        asked, given = ({**dict(each.parameters), "l2": 0.0} for each in (Scenario.from_query(TEN), scenario))
        same = scenario.surface == "multiple_regression" and asked == given
        return same and end <= PENALISED, {"end": end, "low": PENALISED, "steps": STEPS}

    @staticmethod
    def _judges(race: Race) -> bool:
        """Return whether a race is one run of gradient descent on data, no longer than that of the lesson."""
        (first, *others), data = race.scenario.entries, race.landscape
        alone = not others and isinstance(first.optimizer, GradientDescent)
        return alone and isinstance(data, DataLoss) and data.held_out.n > 0 and race.scenario.steps <= STEPS

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "outliers": {
            "surface": "linear_regression(n=10,outliers=0.2,center=0)",
            "start": "0,0",
            "lanes": 'gradient_descent(learning_rate=0.05,name="trained")',
            "steps": "200",
        },
        "full_gradients": TEN | {"lanes": TRAINED},
        "others": TEN
        | {
            "lanes": f"gradient_descent(learning_rate={RATE}),momentum(learning_rate={RATE}),adam(learning_rate=0.1)",
        },
    }


@dataclass(frozen=True)
class Draws:
    """Many draws from one source, each trained to the end with full gradients. All arrays have the shape (draws).

    rises         relative rise of the validation loss from its best value to the end
    excess_kept   expected loss on the source minus that of the true weights, at the best validation loss
    excess_end    the same at the end
    """

    rises: Array
    excess_kept: Array
    excess_end: Array


@lru_cache(maxsize=24)
def trained(scenario: Scenario, patience: int | None = None) -> Trajectory:
    """Run the only entry of a scenario to its last step, or until the patience is exhausted."""
    (entry,) = scenario.entries
    held_out = cast(DataLoss, scenario.landscape).validation
    rule = () if patience is None else Patience(patience, monitor=held_out)
    return run(
        scenario.landscape,
        entry.optimizer,
        scenario.point,
        scenario.steps,
        sampler=scenario.sampler,
        stop=rule,
        seed=scenario.seed,
    )


def validation_loss(race: Race) -> float:
    """Return the validation loss at the end of the first entry, without any penalty; NaN without validation data."""
    if not isinstance(race.landscape, DataLoss) or not race.landscape.held_out.n:
        return np.nan
    path = race.trajectories[0]
    return float(race.landscape.validation.value(path.points[int(path.last_step)]))


def watched(scenario: Scenario, path: Trajectory) -> Array:
    """Return the validation loss at each point of a path, shape (steps + 1)."""
    return cast(DataLoss, scenario.landscape).validation.value(path.points.T)


def stopped(scenario: Scenario, patience: int) -> tuple[int, int | None]:
    """Return the step of the best validation loss, and the step at which the rule stops; None if it never stops."""
    path = trained(scenario, patience)
    kept, last = int(np.nanargmin(watched(scenario, path))), int(path.last_step)
    return kept, last if last - kept >= patience else None


def _until(path: Trajectory, step: int) -> Trajectory:
    ended = np.asarray(step, dtype=path.last_step.dtype)
    cut = {name: getattr(path, name)[: step + 1] for name in ("points", "losses", "evaluated")}
    return replace(path, last_step=ended, **cut)


@dataclass(frozen=True)
class _Bowls:
    """One quadratic per run. The values, gradients and Hessians at the origin have the batch as their last axis."""

    value_there: Array
    gradient_there: Array
    curvature: Array

    def value(self, theta: Array) -> Array:
        x, y = theta
        (xx, xy), (_, yy) = self.curvature
        (gx, gy), bend = self.gradient_there, xx * x * x + 2 * xy * x * y + yy * y * y
        return self.value_there + gx * x + gy * y + bend / 2

    def gradient(self, theta: Array) -> Array:
        x, y = theta
        (xx, xy), (_, yy) = self.curvature
        gx, gy = self.gradient_there
        return np.stack([gx + xx * x + xy * y, gy + xy * x + yy * y])

    def hessian(self, theta: Array) -> Array:
        return np.broadcast_to(self.curvature, (2, *theta.shape))


def _together(losses: list[DataLoss]) -> _Bowls:
    at = np.zeros(2)
    parts = ([getattr(loss, name)(at) for loss in losses] for name in ("value", "gradient", "hessian"))
    return _Bowls(*(np.stack(part, axis=-1) for part in parts))


@lru_cache(maxsize=8)
def draws(n: int, noise: float, correlation: float) -> Draws:
    """Train on many draws of the data in one batch, with one run per draw.

    A squared error is a quadratic, which its value, gradient and Hessian at one point determine.
    """
    like = SURFACES["multiple_regression"]
    losses = [
        cast(DataLoss, like.with_parameters(n=n, noise=noise, correlation=correlation, seed=seed))
        for seed in range(DRAWS)
    ]
    descent = OPTIMIZERS["gradient_descent"](learning_rate=RATE)
    path = run(_together(losses), descent, np.zeros((2, DRAWS)), STEPS)
    beside = _together([loss.validation for loss in losses]).value(np.moveaxis(path.points, 1, 0))
    best = beside.argmin(axis=0)
    (a, b) = np.moveaxis(path.points, 1, 0) - np.array(Plane().weights)[:, None, None]
    # For features of variance 1 with this correlation. The variance of the noise cancels in the difference.
    excess = a * a + b * b + 2 * correlation * a * b
    runs = np.arange(DRAWS)
    return Draws(beside[-1] / beside[best, runs] - 1, excess[best, runs], excess[-1])
