"""A race on the stage: the one message that the browser gets."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlencode

import numpy as np

from landscape_lab.experiments import Entry, Race, Scenario
from landscape_lab.experiments.course.lesson import Lesson
from landscape_lab.experiments.engine import engine_of
from landscape_lab.experiments.families import Family, members, outcomes, run_family
from landscape_lab.experiments.scenarios.exercise import hidden_parts
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.figures.curves import curve_axes
from landscape_lab.figures.theme import ENTRY_STYLES, EntryStyle, theme_payload
from landscape_lab.ui import cached, state
from landscape_lab.ui.i18n.translation import _, aloud, entry_name, figure_words, language, say
from landscape_lab.ui.knobs import setting_label
from landscape_lab.ui.own_data import session_token
from landscape_lab.ui.parts import draw_again, draw_page
from landscape_lab.ui.server.race_route import PATH, SERVED
from landscape_lab.ui.stage import base_path, stage
from landscape_lab.ui.stage.data_view import rows_of
from landscape_lab.ui.stage.inspector import inspector_tree
from landscapes import DataLoss
from optim_core import Outcome, Trajectory
from optim_core.caching import bounded_cache
from optim_core.metrics import examples_seen
from optim_core.objective import Array

LOSS_AXES = {"log", "linear"}


def show_race(
    race: Race,
    view: View,
    *,
    key: str = "stage",
    on_start: Callable[[float, float], None] | None = None,
    on_view: Callable[[View], None] | None = None,
    on_member: Callable[[int], None] | None = None,
    round: str = "",
    constant: bool = False,
    follows: bool = False,
    name: str = "",
    **modes: Any,
) -> None:
    """The stage with the race on it. `round` and `modes` are those of `race_tree`.

    Where the page `follows`, it is drawn again, and not its parts alone, when the hand rests: see `ui.parts`.

    A `constant` race, which nothing on its page changes, is remembered with all its parts.

    A stage follows the numbers of a page that are dragged if they call it by its `name`, which is its key otherwise.

    A race that was chosen as a whole, and the race of another page, is a new one too: see `state.begin_race`.

    A click or a drag on the map gives the scenario another start, and what is chosen on the stage becomes the page's
    view, unless `on_start(x, y)` and `on_view(view)` do something else with them. `on_member(index)` hears which of the
    family's values was chosen.
    """
    scenario = race.scenario  # what is called back stays with the session, and would keep the race with it

    def moved(x: float, y: float) -> None:
        state.change(lambda old: replace(old, start=(x, y)))
        draw_again("surface-numbers")

    def looked(told: dict[str, Any]) -> None:
        seen = View.from_browser(told)
        if on_view:
            on_view(seen)
        else:
            state.change_view(lambda old: old.seen_as(seen))
            draw_again()

    def picked(index: int) -> None:
        family = modes["family"]
        value = family.with_own(scenario).values[index]
        if on_member and value in family.values:  # else it is the entry's own, which it has already
            on_member(family.values.index(value))

    tree_of = _constant_tree if constant else recent_tree
    tree = dict(tree_of(scenario, view, tuple(modes.items()), language()))
    tree["race"] = {**tree["race"], "round": f"{state.races()} {round} {tree['race']['round']}"}
    tree |= {"route": None if on_start else _route(), "follows": follows, "name": name or key}
    stage(tree, key=key, on_start=on_start or moved, on_view=looked, on_member=picked, on_rest=draw_page)


@bounded_cache(maxsize=128)  # the predictions of all lessons, before and after, in two languages
def _constant_tree(
    scenario: Scenario, view: View, modes: tuple[tuple[str, Any], ...], _language: str
) -> dict[str, Any]:
    return race_tree(cached.race_of(scenario), view, **dict(modes))


@bounded_cache(maxsize=8)  # about 100 kB each: the route makes it at a release, and the page's run shows it
def recent_tree(scenario: Scenario, view: View, modes: tuple[tuple[str, Any], ...], _language: str) -> dict[str, Any]:
    """`race_tree` of a scenario in a language; not to be changed, since others get it as well."""
    return race_tree(cached.race_of(scenario), view, **dict(modes))


def _route() -> dict[str, str] | None:
    """Where the page's stage asks for its race with a number changed, without a run of the script; None if nowhere.

    `address` is the path of the route, `link` the query for what is on screen, and `token` the session's, which the
    stage sends along.
    """
    link = state.race_link() if SERVED.is_set() else None
    if link is None:
        return None
    address = f"/{base_path().strip('/')}{PATH}".replace("//", "/")
    return {"address": address, "link": urlencode(link), "token": session_token()}


def race_tree(
    race: Race,
    view: View,
    *,
    family: Family | None = None,
    fog: float | None = None,
    round: str = "",
    play: bool = True,
    veiled: bool = False,
    compact: bool = False,
    validation: bool = False,
) -> dict[str, Any]:
    """Everything the stage shows of a race; see `script/types.d.ts` for what each part means there.

    family      lets the reader drag one entry through many values of a setting, its own among them, without the server
    fog         hides the surface but for discs around what the entries have seen; their radius in parts of the diagonal
    round       a text; when it or the scenario's kind changes, the race starts from step 0 and plays
    play        whether a stage that has just come up plays
    veiled      tells no more of the entries than their names and their start
    compact     makes a low stage, for two of them on one page
    validation  puts the loss on held-out data beside every curve; nothing where there are no examples
    """
    scenario = race.scenario
    family = None if family is None or veiled else family.with_own(scenario)
    inspected = min(view.inspected, len(scenario.entries) - 1)
    loss = scenario.landscape if isinstance(scenario.landscape, DataLoss) else None
    validation = validation and loss is not None
    kin = family and _kin(*_alone(scenario, family), validation, language())
    shows_working = view.inspector and not veiled and scenario.entries[inspected].is_pure
    words = [""] * len(scenario.entries) if veiled else [say(row.outcome) for row in cached.results_of(race)]
    slopes = [run.gradients for run in cached.entry_runs(scenario)]
    runners = [
        _Runner.of(scenario, entry, _start_of(path) if veiled else path, outcome, gradients, validation)
        for entry, path, outcome, gradients in zip(scenario.entries, race.trajectories, words, slopes, strict=True)
    ]
    others = [runner for i, runner in enumerate(runners) if family is None or i != family.entry]
    curves = curve_axes(
        [*(runner.path for runner in others), *(kin.stayed if kin else ())],
        minimum=_subtracted(scenario, validation),
        beside=[each.held_out for each in [*runners, kin] if each and each.held_out is not None],
        seen=[each.seen for each in [*runners, kin] if each and each.seen is not None],
        examples=loss.n if loss else 0,
        words=figure_words(),
    )
    if loss:
        curves["titles"] |= {"examples": _("examples seen"), "epochs": _("epochs")}
    if veiled:  # how much the race will cost is not told either
        curves["ranges"] |= {axis: [0.0, float(scenario.steps)] for axis in curves["ranges"].keys() - LOSS_AXES}
    told = _("{lane}: {outcome}.")
    summary = " ".join(told.format(lane=entry_name(runner.entry), outcome=runner.outcome) for runner in runners)
    return {
        "surface": cached.surface_tree(scenario.landscape),
        "curves": curves,
        "race": {
            "key": f"{scenario.text} veiled" if veiled else scenario.text,
            "round": f"{round} {scenario.kind}",
            "veiled": veiled,
            "steps": scenario.steps,
            "start": list(scenario.point),
            "rows": None if veiled else rows_of(scenario),
            "lanes": [
                runner.tree(style, curves["offset"]) for runner, style in zip(runners, ENTRY_STYLES, strict=False)
            ],
            "family": _family_tree(kin, family, scenario, view.arrows) if kin and family else None,
        },
        "engine": None if veiled else _engine_tree(scenario, curves["offset"], validation),
        "fog": fog,
        "fixed_start": "start" in hidden_parts(scenario, view.hide),
        "view": replace(view, inspected=inspected).to_browser(),
        "inspector": inspector_tree(scenario, inspected) if shows_working else None,
        "theme": theme_payload(),
        "words": {"summary": "" if veiled else aloud(summary)},
        "play": play,
        "compact": compact,
    }


def modes_of(shown: Scenario | Lesson) -> dict[str, Any]:
    """How the stage of a page shows what the page is about: arguments of `race_tree`."""
    if isinstance(shown, Scenario):
        return {}
    return {"fog": shown.fog, "family": shown.family, "validation": shown.shows_validation}


def _engine_tree(scenario: Scenario, offset: float, validation: bool) -> dict[str, Any] | None:
    """What the browser needs to run the race itself; None where it cannot."""
    made = engine_of(scenario, offset, validation)
    if made is None:
        return None
    program, numbers = made
    return {**numbers, "program": {"key": program.key, "text": program.text, "data": program.data}}


@dataclass(frozen=True)
class _Runner:
    """An entry and what is told of it.

    outcome    how it ended, in words
    seen       (steps + 1,): examples seen so far; None where there are none
    held_out   (steps + 1,): the loss on held-out data; None where it is not asked for
    gradients  (steps + 1, 2): those of the loss, whatever a step saw
    """

    entry: Entry
    path: Trajectory
    outcome: str
    seen: Array | None
    held_out: Array | None
    gradients: Array

    @classmethod
    def of(
        cls, scenario: Scenario, entry: Entry, path: Trajectory, outcome: str, gradients: Array, validation: bool
    ) -> "_Runner":
        held_out = _held_out(scenario, path) if validation else None
        return cls(entry, path, outcome, _seen(scenario, path), held_out, gradients[: len(path.points)])

    def tree(self, style: EntryStyle, offset: float) -> dict[str, Any]:
        """All of it for the stage, in a style; losses above an offset."""
        return {
            "name": entry_name(self.entry),
            "color": style.color,
            "dash": list(style.dash),
            "marker": style.marker,
            "last_step": int(self.path.last_step),
            "outcome": self.outcome,
            "diverged": self.path.outcome == Outcome.DIVERGED,
            "points": self.path.points,
            # Subtracted here, in double precision: in single precision little would be left near a minimum.
            "gaps": self.path.losses - offset,
            "gradients": self.gradients,
            "evaluated": _even(self.path.evaluated),
            "seen": None if self.seen is None else _even(self.seen),
            "validation": None if self.held_out is None else self.held_out - offset,
        }


def _even(spent: Array) -> Any:
    """What has been spent up to each step (steps + 1,); just how much per step where that is always the same."""
    told = spent[np.isfinite(spent)]
    per_step = float(told[1]) if len(told) > 1 else 1.0
    return per_step if (told == per_step * np.arange(len(told))).all() else spent


def _all_even(spent: Array) -> Any:
    """The same of a family (steps + 1, members): as float32 with the members first, where they differ."""
    each = [_even(one) for one in spent.T]
    return (
        each[0] if all(isinstance(one, float) for one in each) and len(set(each)) == 1 else spent.T.astype(np.float32)
    )


def _subtracted(scenario: Scenario, validation: bool) -> float | None:
    """What the logarithmic loss axis measures from: the loss on held-out data may lie below the other's minimum."""
    return None if validation else scenario.landscape.minimum_value


def _seen(scenario: Scenario, path: Trajectory) -> Array | None:
    loss = scenario.landscape
    return examples_seen(path, scenario.sampler, loss) if isinstance(loss, DataLoss) else None


def _held_out(scenario: Scenario, path: Trajectory) -> Array:
    """The loss on held-out data at each point of a path on a loss over data: (steps + 1, *batch)."""
    with np.errstate(all="ignore"):  # of a path that has diverged
        return cast(DataLoss, scenario.landscape).validation.value(np.moveaxis(path.points, 1, 0))


def _start_of(path: Trajectory) -> Trajectory:
    """What is known of a run before it is run."""
    return Trajectory(
        path.points[:1],
        path.losses[:1],
        path.evaluated[:1],
        np.full((), Outcome.FINISHED, np.int8),
        np.zeros((), np.int64),
        {},
    )


@dataclass(frozen=True)
class _Kin:
    """A family's part of the message, and the runs of the members that did not diverge.

    Of these, where there are any, the examples seen and the loss on held-out data: (steps + 1, members).
    """

    tree: dict[str, Any]
    stayed: tuple[Trajectory, ...]
    seen: Array | None
    held_out: Array | None


def _family_tree(kin: _Kin, family: Family, scenario: Scenario, arrows: bool) -> dict[str, Any]:
    # Two fifths of the bytes are gradients, which only arrows show: they come when arrows are asked for.
    sent = kin.tree | ({"key": f"{kin.tree['key']} arrows"} if arrows else {"gradients": None})
    path = f"lane/{family.entry}/{family.path(scenario)}"
    return sent | {"lane": family.entry, "path": path, "chosen": family.nearest(scenario)}


def _alone(scenario: Scenario, family: Family) -> tuple[Scenario, Family]:
    """The same family in a scenario of nothing else, whichever member was chosen."""
    entry = replace(family.member(scenario, 0).entries[family.entry], name="")
    return replace(scenario, entries=(entry,)), replace(family, entry=0)


@bounded_cache(maxsize=4)  # a quarter of a megabyte each
def _kin(alone: Scenario, family: Family, validation: bool, spoken: str) -> _Kin:
    together = run_family(alone, family)
    seen = _seen(alone, together)
    held_out = _held_out(alone, together) if validation else None
    offset = _subtracted(alone, validation) or 0.0
    diverged = together.outcomes == Outcome.DIVERGED
    points = np.moveaxis(together.points, -1, 0)
    with np.errstate(all="ignore"):
        gradients = np.moveaxis(alone.landscape.gradient(np.moveaxis(points, -1, 0)), 0, -1).astype(np.float32)
        tree = {
            "key": f"{alone.text} {family.setting} {family.values} {validation} {spoken}",
            "label": _label(alone, family),
            "values": np.array(family.values),
            "points": points.astype(np.float32),
            "gaps": (together.losses.T - offset).astype(np.float32),
            "gradients": gradients,
            "evaluated": _all_even(together.evaluated),
            "seen": None if seen is None else _all_even(seen),
            "validation": None if held_out is None else (held_out.T - offset).astype(np.float32),
            "last_step": together.last_step,
            "diverged": diverged.tolist(),
            "outcome": [say(outcome) for outcome in outcomes(alone, together, family)],
        }
    kept = np.flatnonzero(~diverged) if not diverged.all() else np.array([0])
    each = list(members(together))
    return _Kin(
        tree,
        tuple(each[i] for i in kept),
        None if seen is None else seen[:, kept],
        None if held_out is None else held_out[:, kept],
    )


def _label(scenario: Scenario, family: Family) -> str:
    return setting_label(family.path(scenario), family.knob(scenario).symbol)
