"""Scripts that run an entry in NumPy alone, made from this library's source: the paths are equal to the last bit."""

import re

from landscape_lab.experiments.export.bundle import Bundle
from landscape_lab.experiments.export.script import (
    Snippet,
    array_text,
    call_text,
    data_class,
    examples_of,
    head,
    layers,
    schedule_lines,
    scheduled_fields,
)
from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscapes import DataLoss
from landscapes.formula_graph import OWN
from landscapes.program_text import numpy_functions, parameters
from landscapes.treatment import rows_for
from optim_core.optimizer import with_field
from optim_core.samplers.exact import Exact


def numpy_script(scenario: Scenario, entry: Entry) -> Snippet:
    """Return the entry as a script that depends on NumPy only. Raises NoScript."""
    bundle = Bundle()
    schedules = [cls for _path, schedule in entry.schedules for cls in layers(schedule)]
    sampled = not isinstance(scenario.sampler, Exact)
    things = [*layers(entry.optimizer), *schedules, *([type(scenario.sampler)] if sampled else [])]
    bundle.add(*dict.fromkeys(things), using={"init", "step", "factor", "at", "value", "gradient"})
    if schedules:
        bundle.add(with_field)
    surface = _numpy_surface(scenario, bundle)
    now, objective = "optimizer", "surface"
    moves = []
    for path, name in scheduled_fields(entry).items():
        moves.append(f'now = with_field({now}, "{path}", {name}[t])')
        now = "now"
    if sampled:
        moves.append(f"objective = sampler.at(surface, t, seed={scenario.seed})")
        objective = "objective"
    x, y = scenario.point
    lines = [
        "np.seterr(all='ignore')  # a path that diverges ends in inf or nan; that is data, no error".replace("'", '"'),
        f"steps = {scenario.steps}",
        *schedule_lines(entry),
        f"optimizer = {call_text(entry.optimizer)}",
        *([f"sampler = {call_text(scenario.sampler)}"] if sampled else []),
        f"theta = np.array([[{x!r}], [{y!r}]])  # rows x and y; more columns are more runs, side by side",
        "state = optimizer.init(theta)",
        "path = [theta[:, 0]]",
        "for t in range(steps):",
        *(f"    {move}" for move in moves),
        f"    theta, state = {now}.step(theta, state, {objective})",
        "    path.append(theta[:, 0])",
        'print("ends at", path[-1], "with loss", surface.value(theta)[0])',
    ]
    bundle.imports.add("import numpy as np")
    parts = [
        head(scenario, entry, "in NumPy"),
        bundle.import_lines,
        "\n",
        bundle.text,
        "\n" + surface,
        "\n" + "\n".join(lines),
    ]
    return Snippet("\n".join(parts) + "\n")


def _numpy_surface(scenario: Scenario, bundle: Bundle) -> str:
    """Return the class `Surface`, its dependencies, and its instance `surface`."""
    if loss := examples_of(scenario):
        return _numpy_examples(loss, bundle)
    landscape = scenario.landscape
    asked = ["value", "gradient", *(["hessian"] if bundle.uses("hessian") else [])]
    functions: dict[str, str] = dict(zip(("value", "gradient", "hessian"), numpy_functions(landscape), strict=True))
    text = "\n\n".join(functions[name] for name in asked)
    for name, own in OWN.items():
        if re.search(rf"\b(?<!\.){name}\(", text):
            bundle.add(own)
    if "math." in text:
        bundle.imports.add("import math")
    given = "".join(f", {name}=np.float64({value!r})" for name, value in parameters(landscape).items())
    methods = []
    for name in asked:
        called = f"{functions[name].split('(')[0].removeprefix('def ')}(*theta{given})"
        kept = [f"        return {called}"]
        if landscape.cusps and name != "value":  # the derivatives are not defined at a cusp
            zero = "0.0" if name == "gradient" else "np.diag([np.inf, np.inf])[..., None]"
            kept = [
                f"        out = {called}",
                *(f"        out[..., (theta[0] == {x!r}) & (theta[1] == {y!r})] = {zero}" for x, y in landscape.cusps),
                "        return out",
            ]
        methods.append("\n".join([f"    def {name}(self, theta):", *kept]))
    body = "\n\n".join(['    """What an optimizer may ask of the loss."""', *methods])
    return f"{text}\n\nclass Surface:\n{body}\n\n\nsurface = Surface()"


def _numpy_examples(loss: DataLoss, bundle: Bundle) -> str:
    whole = type(loss.whole)
    bundle.add(whole, type(loss.model), type(loss.treatment), rows_for)
    methods = [bundle.method(DataLoss, name) for name in ("on", "masked") if bundle.uses(name)]
    asked = ["value", "gradient", *(["hessian"] if bundle.uses("hessian") else [])]
    data = {"targets": loss.data.targets}
    for name in ("features", "difficulty"):
        if bundle.uses(name):
            data[name] = getattr(loss.data, name)
    start = f'''    """The mean loss of the model over the examples."""

    def __init__(self):
        self.model, self.treatment, self.n = model, {call_text(loss.treatment)}, {loss.n}
        self.columns, self.data = columns, Data
        self.ridge = np.array({loss.ridge.tolist()!r})
        rows = rows_for(self.model, self.columns, self.data.targets, self.treatment)
        self.whole = {whole.__name__}({"self.model, " * (whole.__name__ == "MeanLoss")}rows, self.ridge)'''
    asks = [f"    def {name}(self, theta):\n        return self.whole.{name}(theta)" for name in asked]
    return (
        f"model = {type(loss.model).__name__}()\n"
        f"columns = {array_text(loss.columns)}  # the features as they enter the model\n\n\n"
        f"{data_class(data)}\n\n\n"
        "class Surface:\n" + "\n\n".join([start, *asks, *methods]) + "\n\n\nsurface = Surface()"
    )
