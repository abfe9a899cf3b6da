"""The part of the stage's message about the inspector: the arithmetic of every step of one entry."""

from dataclasses import replace
from typing import Any

import numpy as np

from landscape_lab.experiments import Entry, Scenario
from landscape_lab.experiments.race_data import inspected_steps
from landscape_lab.figures.step_mathml import EQUALS, LEADS_TO, MathMLLine, steps_as_mathml
from landscape_lab.ui.i18n.translation import _, axis_names_of, language
from landscapes.critical_points import Kind
from landscapes.curvature import Curvature
from optim_core.caching import bounded_cache
from optim_core.optimizer import Wrapper

MOMENTUM = "m"
"""The name of the running average of gradients in every optimizer."""


def inspector_tree(scenario: Scenario, place: int) -> dict[str, Any]:
    """The part of the stage's message about the entry at a place; see `InspectedSteps` in `script/types.d.ts`."""
    entry = scenario.entries[place]
    return {"lane": place, "kinds": _kind_words()} | _steps_tree(
        replace(scenario, entries=(replace(entry, name=""),)), language()
    )


@bounded_cache(maxsize=16)
def _steps_tree(alone: Scenario, _language: str) -> dict[str, Any]:
    steps = inspected_steps(alone, 0)
    worked = steps_as_mathml(steps.trace, steps.entry.optimizer, axis_names_of(alone.landscape))
    rates = steps.trace.knob(_core_path(steps.entry) + "learning_rate")
    return {
        "key": f"{alone.text} {_language}",
        "forms": [[_line(line) for line in lines] for lines in worked.forms],
        "form": worked.form.astype(np.int32),
        "numbers": worked.numbers.astype(np.float32),
        "rates": rates.astype(np.float32) if np.isfinite(rates).any() else None,
        "momentum": _vectors(steps.trace.of(MOMENTUM)),
        "looked_at": _vectors(steps.trace.looked_at),
        "bend": _curvature_tree(steps.curvature),
    }


def _curvature_tree(found: Curvature) -> dict[str, Any]:
    """The curvature of the surface at every point: (steps + 1) of each."""
    numbers = {"low": found.eigenvalues[0], "high": found.eigenvalues[1], "angle": found.angle}
    numbers |= {"condition": found.condition, "limit": found.limit}
    with np.errstate(over="ignore"):
        return {name: array.astype(np.float32) for name, array in numbers.items()} | {
            "kind": np.where(np.isnan(found.eigenvalues[0]), -1, found.kinds).astype(np.int32)
        }


def _kind_words() -> dict[str, str]:
    """What the eigenvalues at a point mean, by the code of its `Kind`; -1 where there are none."""
    return {
        str(int(Kind.MINIMUM)): _("convex: it curves up in every direction"),
        str(int(Kind.SADDLE)): _("saddle-like: it curves up one way and down another"),
        str(int(Kind.MAXIMUM)): _("concave: it curves down in every direction"),
        str(int(Kind.FLAT)): _("flat in at least one direction"),
        "-1": _("no second derivatives here"),
    }


def _core_path(entry: Entry) -> str:
    path, layer = "", entry.optimizer
    while isinstance(layer, Wrapper):
        path, layer = f"{path}inner.", layer.inner
    return path


def _vectors(array: Any) -> Any:
    """Vectors (steps, 2) in single precision; None where there are none."""
    return array.astype(np.float32) if array.ndim == 2 and array.shape[1] == 2 and len(array) else None


def _line(line: MathMLLine) -> dict[str, str]:
    def math(*parts: str) -> str:
        return f'<math displaystyle="true"><mrow>{"".join(parts)}</mrow></math>'

    pieces = [math(EQUALS, part) for part in (line.numbers, line.result) if part]
    return {"name": line.name, "head": math(line.head, LEADS_TO, line.formula) if line.formula else math(line.head),
            "body": "".join(f"<span>{piece}</span>" for piece in pieces)}  # fmt: skip
