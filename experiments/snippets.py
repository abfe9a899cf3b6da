"""A lane as a script of its own, in NumPy, PyTorch or optax: surface, start, optimizer, schedule, loop.

The NumPy script is made of this library's own source, so its path is the lane's to the last bit. The other two call
their library's optimizer, and say where its convention is another one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from textwrap import indent, wrap
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import numpy as np

from experiments.bundle import Bundle
from experiments.scenario import Lane, Scenario
from experiments.sentence import Sentence
from experiments.twins import TWINS, Twin, settings_text
from landscapes import DataLoss, Landscape, formula_graph
from landscapes.models import HiddenUnit, LeastSquares, Logistic, Model, SlopeAndIntercept
from landscapes.program_text import expression_text, numpy_functions, parameters
from landscapes.treatment import rows_for
from optim_core import Optimizer, key_of
from optim_core.example_sampler import ExampleSampler
from optim_core.optimizer import get_field, owner_path, with_field
from optim_core.samplers.exact import Exact
from optim_core.samplers.gradient_noise import GradientNoise
from optim_core.schedule import Schedule

MOST_EXAMPLES = 200
"""A script that holds more numbers than that is no longer read by anybody."""
WIDTH = 100


@dataclass(frozen=True)
class Snippet:
    """A script, and what has to be said about it. Without a text, `notes` say why there is none."""

    text: str
    notes: tuple[Sentence, ...] = ()
    equal: bool = True
    """Whether its path is the lane's, but for rounding."""


class NoScript(Exception):
    """There is no script, and this is the sentence that says why."""

    def __init__(self, template: str, **values: Any) -> None:
        self.sentence = Sentence(template, values)
        super().__init__(str(self.sentence))


@lru_cache(maxsize=64)
def snippet(scenario: Scenario, library: str) -> Snippet:
    """The only lane of a scenario as a script for one of `LIBRARIES`."""
    (lane,) = scenario.lanes
    try:
        return LIBRARIES[library].write(scenario, lane)
    except NoScript as reason:
        return Snippet("", (reason.sentence,))


# What all scripts share


def _head(scenario: Scenario, lane: Lane, library: str, notes: Iterator[str] | tuple[str, ...] = ()) -> str:
    """The docstring: which lane on which surface, the link to it, and what differs."""
    title = f"{lane.label} on {scenario.landscape.label}, {library}"
    words = [title + ".", "", f"The race: ?{urlencode(scenario.to_query())}"]
    for note in notes:
        words += ["", *wrap(note, WIDTH)]
    return '"""' + "\n".join(words) + '\n"""\n'


def _call(thing: Any) -> str:
    """An optimizer, schedule or sampler as the call that makes it."""
    inside = ", ".join(
        f"{f.name}={_call(value) if isinstance(value, Optimizer | Schedule) else repr(value)}"
        for f in fields(thing)
        for value in [getattr(thing, f.name)]
    )
    return f"{type(thing).__name__}({inside})"


def _layers(thing: Any) -> Iterator[type]:
    """The classes of an optimizer or a schedule and of all those inside it, innermost first."""
    for f in fields(thing):
        if isinstance(value := getattr(thing, f.name), Optimizer | Schedule):
            yield from _layers(value)
    yield type(thing)


def _scheduled(lane: Lane) -> dict[str, str]:
    """For each field that follows a schedule, by its full name, a variable that holds its values."""
    names: dict[str, str] = {}
    for path, _schedule in lane.schedules:
        owner, _, name = path.rpartition(".")
        taken = name in names.values()
        layer = get_field(lane.optimizer, owner) if owner else lane.optimizer
        names[path] = f"{key_of(layer)}_{name}" if taken else name
    return names


def _schedule_lines(lane: Lane) -> list[str]:
    return [
        f"{name} = {get_field(lane.optimizer, path)!r} * "
        f"{_call(dict(lane.schedules)[path])}.factor(np.arange(steps, dtype=float), steps)"
        for path, name in _scheduled(lane).items()
    ]


def _examples_of(scenario: Scenario) -> DataLoss | None:
    landscape = scenario.landscape
    if not isinstance(landscape, DataLoss):
        return None
    if landscape.n > MOST_EXAMPLES:
        raise NoScript(
            "A script would have to hold all {count} examples; up to {most} are written out.",
            count=landscape.n, most=MOST_EXAMPLES,
        )  # fmt: skip
    return landscape


def _array(values: Any, call: str = "np.array") -> str:
    """Numbers as program text, several to a line."""
    values = np.asarray(values)
    if values.ndim > 1:
        return f"{call}([\n" + "".join(indent(_array(row, "") + ",\n", "    ") for row in values) + "])"
    text = ", ".join(repr(float(value)) for value in values)
    lines = wrap(text, WIDTH)
    inside = f"[{text}]" if len(lines) < 2 else "[\n" + indent("\n".join(lines), "    ") + "\n]"
    return f"{call}({inside})" if call else inside


# NumPy


def _numpy(scenario: Scenario, lane: Lane) -> Snippet:
    bundle = Bundle()
    schedules = [cls for _path, schedule in lane.schedules for cls in _layers(schedule)]
    sampled = not isinstance(scenario.sampler, Exact)
    things = [*_layers(lane.optimizer), *schedules, *([type(scenario.sampler)] if sampled else [])]
    bundle.add(*dict.fromkeys(things), using={"init", "step", "factor", "at", "value", "gradient"})
    if schedules:
        bundle.add(with_field)
    surface = _numpy_surface(scenario, bundle)
    now, objective = "optimizer", "surface"
    moves = []
    for path, name in _scheduled(lane).items():
        moves.append(f'now = with_field({now}, "{path}", {name}[t])')
        now = "now"
    if sampled:
        moves.append(f"objective = sampler.at(surface, t, seed={scenario.seed})")
        objective = "objective"
    x, y = scenario.point
    lines = [
        "np.seterr(all='ignore')  # a path that diverges ends in inf or nan; that is data, no error".replace("'", '"'),
        f"steps = {scenario.steps}",
        *_schedule_lines(lane),
        f"optimizer = {_call(lane.optimizer)}",
        *([f"sampler = {_call(scenario.sampler)}"] if sampled else []),
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
        _head(scenario, lane, "in NumPy"),
        bundle.import_lines,
        "\n",
        bundle.text,
        "\n" + surface,
        "\n" + "\n".join(lines),
    ]
    return Snippet("\n".join(parts) + "\n")


def _numpy_surface(scenario: Scenario, bundle: Bundle) -> str:
    """The class `Surface` with whatever it needs, and the one object of it."""
    if loss := _examples_of(scenario):
        return _numpy_examples(loss, bundle)
    landscape = scenario.landscape
    asked = ["value", "gradient", *(["hessian"] if bundle.uses("hessian") else [])]
    functions: dict[str, str] = dict(zip(("value", "gradient", "hessian"), numpy_functions(landscape), strict=True))
    text = "\n\n".join(functions[name] for name in asked)
    for own in (formula_graph.choose, formula_graph.ratio):
        if f"{own.__name__}(" in text:
            bundle.add(own)
    if "math." in text:
        bundle.imports.add("import math")
    given = "".join(f", {name}=np.float64({value!r})" for name, value in parameters(landscape).items())
    methods = []
    for name in asked:
        called = f"{functions[name].split('(')[0].removeprefix('def ')}(*theta{given})"
        kept = [f"        return {called}"]
        if landscape.cusps and name != "value":  # the tip of a surface: there it has no slope
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
        self.model, self.treatment, self.n = model, {_call(loss.treatment)}, {loss.n}
        self.columns, self.data = columns, Data
        self.ridge = np.array({loss.ridge.tolist()!r})
        rows = rows_for(self.model, self.columns, self.data.targets, self.treatment)
        self.whole = {whole.__name__}({"self.model, " * (whole.__name__ == "MeanLoss")}rows, self.ridge)'''
    asks = [f"    def {name}(self, theta):\n        return self.whole.{name}(theta)" for name in asked]
    return (
        f"model = {type(loss.model).__name__}()\n"
        f"columns = {_array(loss.columns)}  # the features as they enter the model\n\n\n"
        f"{_data_class(data)}\n\n\n"
        "class Surface:\n" + "\n\n".join([start, *asks, *methods]) + "\n\n\nsurface = Surface()"
    )


def _data_class(parts: Mapping[str, Any]) -> str:
    held = "\n".join(f"    {name} = {indent(_array(values), '    ').lstrip()}" for name, values in parts.items())
    return f'class Data:\n    """The examples."""\n\n{held}'


# PyTorch and optax


@dataclass(frozen=True)
class Dialect:
    """How one of the two libraries writes what both scripts say. Braces hold what differs from script to script."""

    title: str
    key: str
    module: str
    imports: str
    precision: str
    tensor: str
    size: str
    """The length of a gradient `g`, at least {least}."""
    softplus: str
    slope: str
    """Defines `gradient` where a step needs more than the plain one; {more} is added to it."""
    first: str
    """Makes the point and the optimizer, by the call {made}."""
    plain: str
    """A step of the plain gradient, of the examples {rows} if there are some."""
    bent: str
    """A step of the gradient that the function {gradient} gives."""
    here: str
    """The point as a value that no later step changes."""
    scheduled: str
    """What becomes of the values of a schedule, {name}, before the loop."""


DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        "torch": Dialect(
            title="PyTorch",
            key="torch",
            module="torch",
            imports="import torch",
            precision="torch.set_default_dtype(torch.float64)  # NumPy's precision; PyTorch's own is float32",
            tensor="torch.tensor",
            size="torch.linalg.vector_norm(g).clamp(min={least})",
            softplus="torch.logaddexp(torch.zeros(()), {z})",
            slope="def gradient(theta):\n"
            "    theta = theta.detach().requires_grad_()\n"
            "    return torch.autograd.grad(loss(theta{rows}), theta)[0]{more}\n",
            first="theta = torch.tensor([{x!r}, {y!r}], requires_grad=True)\noptimizer = {made}",
            plain="optimizer.zero_grad()\nloss(theta{rows}).backward()\noptimizer.step()",
            bent="theta.grad = {gradient}(theta.detach())\noptimizer.step()",
            here="theta.detach().clone()",
            scheduled="",
        ),
        "optax": Dialect(
            title="optax",
            key="optax",
            module="jnp",
            imports="import jax\nimport jax.numpy as jnp\nimport optax",
            precision="jax.config.update(\"jax_enable_x64\", True)  # NumPy's precision; JAX's own is float32",
            tensor="jnp.array",
            size="jnp.maximum(jnp.linalg.norm(g), {least})",
            softplus="jnp.logaddexp(0.0, {z})",
            slope="slope = jax.jit(jax.grad(loss))\n\n\ndef gradient(theta):\n    return slope(theta{rows}){more}\n",
            first="theta = jnp.array([{x!r}, {y!r}])\noptimizer = {made}\nstate = optimizer.init(theta)\n"
            "slope, update = jax.jit(jax.grad(loss)), jax.jit(optimizer.update)",
            plain="change, state = update(slope(theta{rows}), state, theta)\n"
            "theta = optax.apply_updates(theta, change)",
            bent="change, state = update({gradient}(theta), state, theta)\ntheta = optax.apply_updates(theta, change)",
            here="theta",
            scheduled="{name} = jnp.array({name})",
        ),
    }
)

BENT: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "clipping": ("clipped", "    g = {inner}(theta)\n    return g * ({max_norm} / {size})"),
        "l2_penalty": ("penalised", "    return {inner}(theta) + {strength} * theta"),
        "sharpness_aware": (
            "worst",
            "    g = {inner}(theta)\n    return {inner}(theta + {radius} * g / {size})",
        ),
    }
)
"""Wrappers that change the gradient: the name of the changed one, and how it is made from the one before."""
LEAST = {"clipping": "{max_norm}", "sharpness_aware": "2.2250738585072014e-308"}

AFTER: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "decoupled_decay": {
            "torch": "theta.sub_({rate} * {weight_decay} * before)",
            "optax": "theta = theta - {rate} * {weight_decay} * before",
        },
        "lookahead": {
            "torch": "if (t + 1) % {sync_period} == 0:\n"
            "    slow = {slow_step_size} * theta + (1 - {slow_step_size}) * slow\n"
            "    theta.copy_(slow)",
            "optax": "if (t + 1) % {sync_period} == 0:\n"
            "    theta = slow = {slow_step_size} * theta + (1 - {slow_step_size}) * slow",
        },
    }
)
"""Wrappers that change the step when it has been made: `before` is the point before it, `slow` begins at the start."""

MODELS: Mapping[type[Model], str] = MappingProxyType(
    {
        SlopeAndIntercept: "(x * {a} + y - {target}) ** 2",
        LeastSquares: "(x * {a} + y * {b} - {target}) ** 2",
        Logistic: "(1 - 2 * {target}) * (x * {a} + y * {b})",
        HiddenUnit: "(y * {module}.tanh(x * {a}) - {target}) ** 2",
    }
)
"""What an example costs; for `Logistic` how far it lies on the wrong side, of which the cost is ln(1 + e^z)."""


def _library(dialect: Dialect) -> Callable[[Scenario, Lane], Snippet]:
    def write(scenario: Scenario, lane: Lane) -> Snippet:
        return _with_library(scenario, lane, dialect)

    return write


def _with_library(scenario: Scenario, lane: Lane, dialect: Dialect) -> Snippet:
    twin = _twin(lane, dialect)
    scheduled = _scheduled(lane)
    settings = _settings(lane, scheduled)
    bundle = _borrowed(scenario, lane)
    rows = ", rows" * isinstance(scenario.sampler, ExampleSampler)
    noise = " + noise" * isinstance(scenario.sampler, GradientNoise)
    functions, gradient = _bent(lane, settings, dialect)
    if functions or noise:
        functions = [dialect.slope.format(rows=rows, more=noise), *functions]
        step = dialect.bent.format(gradient=gradient)
    else:
        step = dialect.plain.format(rows=rows)
    after = _after(lane, settings, dialect)
    point = twin.point.format(**settings[-1])
    loop = [
        *_seen(scenario, dialect),
        *_told(lane, twin, scheduled, dialect),
        *([f"before = {dialect.here}"] if any("before" in line for line in after) else []),
        *step.splitlines(),
        *after,
        f"path.append({f'({point})' if point else 'theta'}.tolist())",
    ]
    x, y = scenario.point
    made = twin.made(settings[-1] | _at_first(lane, twin, scheduled, dialect))
    setup = [
        f"steps = {scenario.steps}",
        *_schedule_lines(lane),
        *filter(None, (dialect.scheduled.format(name=name) for name in scheduled.values())),
        *([f"sampler = {_call(scenario.sampler)}"] if rows else []),
        dialect.first.format(x=x, y=y, made=made),
        *([f"slow = {dialect.here}"] if any("slow" in line for line in after) else []),
        f"path = [[{x!r}, {y!r}]]",
        "for t in range(steps):",
        indent("\n".join(loop), "    "),
        'print("ends at", path[-1], "with loss", loss(theta).item())',
    ]
    surface = _loss(scenario, dialect, bundle)
    body = "\n".join([*([bundle.text] if bundle.text else []), surface, *functions, *setup])
    if "np." in body.replace("jnp.", ""):
        bundle.imports.add("import numpy as np")
    parts = [
        _head(scenario, lane, f"with {dialect.title}", tuple(str(note) for note in twin.notes)),
        "\n".join(filter(None, [bundle.import_lines, dialect.imports])) + "\n",
        dialect.precision + "\n",
        *(f"\n{each}" for each in [bundle.text, surface, *functions] if each),
        "\n" + "\n".join(setup),
    ]
    return Snippet(
        "\n".join(parts) + "\n", twin.notes, twin.equal_to(lane.core) and not (twin.steady and _varies(lane))
    )


def _twin(lane: Lane, dialect: Dialect) -> Twin:
    """The twin of the lane's core. Raises NoScript where the library cannot do what the lane does."""
    twin = TWINS[dialect.key].get(key_of(lane.core))
    if twin is None:
        raise NoScript(
            "{library} has no {name}; the NumPy script says all of it.", library=dialect.title, name=lane.core.label
        )
    for name, value in twin.needs.items():
        if getattr(lane.core, name) != value:
            raise NoScript(
                "{library}'s {name} is always that with “{setting}” = {value}; the NumPy script says all of it.",
                library=dialect.title, name=lane.core.label, setting=name.replace("_", " "), value=str(value).lower(),
            )  # fmt: skip
    keys = [key_of(layer) for layer in lane.layers[:-1]]
    for key, layer in zip(keys, lane.layers, strict=False):
        if key not in BENT and key not in AFTER:
            raise NoScript("There is no script with {name} yet, but for NumPy's.", name=layer.label)
        if key in AFTER and twin.point:
            raise NoScript(
                "{library} keeps another point as its parameter, which {name} would change; the NumPy script is right.",
                library=dialect.title, name=layer.label,
            )  # fmt: skip
    inner = "inner." * (len(lane.layers) - 1)
    for path, _schedule in lane.schedules:
        name = path.removeprefix(inner)
        free = name in twin.follows and (dialect.key == "torch" or name == "learning_rate")
        if path.count("inner.") == len(lane.layers) - 1 and not free:
            raise NoScript(
                "{library}'s {owner} cannot follow a schedule of “{name}”; the NumPy script does.",
                library=dialect.title, owner=lane.core.label, name=name.replace("_", " "),
            )  # fmt: skip
    return twin


def _settings(lane: Lane, scheduled: Mapping[str, str]) -> list[dict[str, str]]:
    """The settings of every layer as program text, outermost first; of a scheduled one, its value at step t."""
    settings = []
    for depth, layer in enumerate(lane.layers):
        own = settings_text(layer)
        for name in own:
            if (path := "inner." * depth + name) in scheduled:
                own[name] = f"{scheduled[path]}[t]"
        settings.append(own)
    return settings


def _at_first(lane: Lane, twin: Twin, scheduled: Mapping[str, str], dialect: Dialect) -> dict[str, str]:
    """What the call that makes the optimizer says of scheduled settings."""
    inner = "inner." * (len(lane.layers) - 1)
    own = {name: scheduled[inner + name] for name in twin.follows if inner + name in scheduled}
    if dialect.key == "torch":
        return {name: f"{variable}[0]" for name, variable in own.items()}
    return {name: f"lambda t: {variable}[t]" for name, variable in own.items()}


def _told(lane: Lane, twin: Twin, scheduled: Mapping[str, str], dialect: Dialect) -> list[str]:
    """What PyTorch has to be told at every step; optax asks its schedule."""
    inner = "inner." * (len(lane.layers) - 1)
    return [
        f'optimizer.param_groups[0]["{group}"] = {scheduled[inner + name]}[t]'
        for name, group in twin.follows.items()
        if inner + name in scheduled and dialect.key == "torch"
    ]


def _bent(lane: Lane, settings: list[dict[str, str]], dialect: Dialect) -> tuple[list[str], str]:
    """The gradient as wrappers change it, outermost first: their functions, and the name of the last."""
    functions: list[str] = []
    gradient, count = "gradient", 0
    for layer, own in zip(lane.layers[:-1], settings, strict=False):
        if (key := key_of(layer)) in BENT:
            name, body = BENT[key]
            count += 1
            name = f"{name}_{count}" if any(f"def {name}(" in each for each in functions) else name
            size = dialect.size.format(least=LEAST.get(key, "").format(**own))
            functions.append(f"def {name}(theta):\n{body.format(inner=gradient, size=size, **own)}\n")
            gradient = name
    return functions, gradient


def _after(lane: Lane, settings: list[dict[str, str]], dialect: Dialect) -> list[str]:
    """What wrappers do to the point after the step, innermost first."""
    rate = settings[-1].get("learning_rate", "1.0")  # as `learning_rate_of`
    lines: list[str] = []
    for layer, own in zip(reversed(lane.layers), reversed(settings), strict=True):
        if key_of(layer) in AFTER:
            lines += AFTER[key_of(layer)][dialect.key].format(rate=rate, **own).splitlines()
    if lines and dialect.key == "torch":
        return ["with torch.no_grad():", *(f"    {line}" for line in lines)]
    return lines


def _seen(scenario: Scenario, dialect: Dialect) -> list[str]:
    """What a step sees: its noise, or its examples."""
    sampler, seed = scenario.sampler, scenario.seed
    if isinstance(sampler, Exact):
        return []
    if isinstance(sampler, GradientNoise):
        spread = f"({sampler.eta!r} / (1 + t) ** {sampler.gamma!r}) ** 0.5"
        drawn = f"{spread} * np.random.default_rng([{seed}, t]).standard_normal(2)"
        return [f"noise = {dialect.tensor}({drawn})"]
    loss = _examples_of(scenario)
    if isinstance(sampler, ExampleSampler) and loss and not (loss.treatment.batch_norm or loss.treatment.dropout):
        return [f"rows = sampler.rows_at(Examples, t, {seed}).copy()"]
    raise NoScript(
        "“{sampler}” on this loss is written out in the NumPy script only.",
        sampler=sampler.label,
    )


def _borrowed(scenario: Scenario, lane: Lane) -> Bundle:
    """What the script takes from this library: its schedules, and the sampler that chooses examples."""
    bundle = Bundle()
    schedules = [cls for _path, schedule in lane.schedules for cls in _layers(schedule)]
    bundle.add(*dict.fromkeys(schedules), using={"factor"})
    if isinstance(scenario.sampler, ExampleSampler):
        bundle.add(type(scenario.sampler), using={"rows_at"})
    return bundle


def _loss(scenario: Scenario, dialect: Dialect, bundle: Bundle) -> str:
    loss = _examples_of(scenario)
    if loss is None:
        landscape: Landscape = scenario.landscape
        given = "".join(f", {name}={value!r}" for name, value in parameters(landscape).items())
        return f"def loss(theta{given}):\n    x, y = theta\n    return {expression_text(landscape, dialect.module)}\n"
    rows, sampled = loss.rows, isinstance(scenario.sampler, ExampleSampler)
    parts = {"a": rows.a, "b": rows.b, "target": rows.target}
    if loss.model.intercept:
        del parts["b"]
    if rows.weight is not None:
        parts["weight"] = rows.weight
    lines = [f"{name} = {_array(values, dialect.tensor)}" for name, values in parts.items()]
    if sampled:
        known = {name: getattr(loss.data, name) for name in ("features", "targets", "difficulty") if bundle.uses(name)}
        lines.append("\n\n" + _data_class(known) if known else "\n\nclass Data:\n    pass")
        lines.append(f"\n\nclass Examples:\n    n, data = {loss.n}, Data")
    chosen = {name: f"{name}[rows]" if sampled else name for name in ("a", "b", "target")}
    cost = MODELS[type(loss.model)].format(module=dialect.module, **chosen)
    if isinstance(loss.model, Logistic):
        cost = dialect.softplus.format(z=cost)
    mean = f"{dialect.module}.mean({cost})" if rows.weight is None else f"{dialect.module}.sum(weight * {cost})"
    ridge_x, ridge_y = (float(each) for each in loss.ridge)
    penalty = f" + ({ridge_x!r} * x * x + {ridge_y!r} * y * y) / 2" if ridge_x or ridge_y else ""
    everything = ", rows=slice(None)" * sampled
    return "\n".join(lines) + f"\n\n\ndef loss(theta{everything}):\n    x, y = theta\n    return {mean}{penalty}\n"


def _varies(lane: Lane) -> bool:
    """Whether the rate of the core changes as the lane runs."""
    path = owner_path(lane.optimizer, "learning_rate") if hasattr(lane.core, "learning_rate") else ""
    return any(name == path and key_of(schedule) != "constant" for name, schedule in lane.schedules)


@dataclass(frozen=True)
class Library:
    """What a script is written for: its name, and what writes it."""

    label: str
    write: Callable[[Scenario, Lane], Snippet]


LIBRARIES: Mapping[str, Library] = MappingProxyType(
    {
        "numpy": Library("NumPy", _numpy),
        **{key: Library(dialect.title, _library(dialect)) for key, dialect in DIALECTS.items()},
    }
)
"""In the order in which they are offered."""
