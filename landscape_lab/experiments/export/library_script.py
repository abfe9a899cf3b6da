"""Scripts that run an entry with an optimizer of PyTorch or optax and note where its convention differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import indent
from types import MappingProxyType

from landscape_lab.experiments.export.bundle import Bundle
from landscape_lab.experiments.export.script import (
    NoScript,
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
from landscape_lab.experiments.export.twins import TWINS, Twin, settings_text
from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscape_lab.experiments.scenarios.sentence import in_words
from landscapes import Landscape
from landscapes.models import HiddenUnit, LeastSquares, Logistic, Model, SlopeAndIntercept
from landscapes.program_text import expression_text, parameters
from optim_core import key_of
from optim_core.example_sampler import ExampleSampler
from optim_core.optimizer import owner_path
from optim_core.samplers.exact import Exact
from optim_core.samplers.gradient_noise import GradientNoise


@dataclass(frozen=True)
class Dialect:
    """The templates of one library's scripts. Braces mark what differs between scripts."""

    title: str
    key: str
    module: str
    imports: str
    precision: str
    tensor: str
    size: str
    """The norm of a gradient `g`, at least {least}."""
    softplus: str
    slope: str
    """Defines the function `gradient` for steps that change the gradient; {more} is added to it."""
    first: str
    """Creates the point and the optimizer, by the call {made}."""
    plain: str
    """A step with the gradient of the loss, over the examples {rows} if there are any."""
    changed: str
    """A step with the gradient returned by the function {gradient}."""
    here: str
    """A copy of the point that later steps do not change."""
    scheduled: str
    """Converts the values of a schedule, {name}, before the loop."""


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
            changed="theta.grad = {gradient}(theta.detach())\noptimizer.step()",
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
            changed="change, state = update({gradient}(theta), state, theta)\n"
            "theta = optax.apply_updates(theta, change)",
            here="theta",
            scheduled="{name} = jnp.array({name})",
        ),
    }
)

GRADIENT_WRAPPERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "clipping": ("clipped", "    g = {inner}(theta)\n    return g * ({max_norm} / {size})"),
        "delayed": (
            "stale",
            "    old, present = ({tensor}(path[i]) for i in (max(t - {delay}, 0), t))\n"
            "    return {inner}(theta + (old - present))",
        ),
        "l2_penalty": ("penalised", "    return {inner}(theta) + {strength} * theta"),
        "sharpness_aware": (
            "worst",
            "    g = {inner}(theta)\n    return {inner}(theta + {radius} * g / {size})",
        ),
    }
)
"""Wrappers that change the gradient: the name of the new function, and its body, which calls the function {inner}.

`path` has the points up to the present one, that of step t."""
LEAST = {"clipping": "{max_norm}", "sharpness_aware": "2.2250738585072014e-308"}

STEP_WRAPPERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
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
"""Wrappers that change the point after a step: `before` is the point before it, `slow` is initially the start."""

MODELS: Mapping[type[Model], str] = MappingProxyType(
    {
        SlopeAndIntercept: "(x * {a} + y - {target}) ** 2",
        LeastSquares: "(x * {a} + y * {b} - {target}) ** 2",
        Logistic: "(1 - 2 * {target}) * (x * {a} + y * {b})",
        HiddenUnit: "(y * {module}.tanh(x * {a}) - {target}) ** 2",
    }
)
"""The loss of an example; for `Logistic` the logit z of the wrong class, whose loss is ln(1 + e^z)."""


def library_script(scenario: Scenario, entry: Entry, dialect: Dialect) -> Snippet:
    """Return the entry as a script for a library. Raises NoScript."""
    twin = _twin(entry, dialect)
    scheduled = scheduled_fields(entry)
    settings = _settings(entry, scheduled)
    carries_rate = twin.velocity and _rate_varies(entry)
    if carries_rate:
        twin = twin.at_rate_one()
    bundle = _definitions(scenario, entry)
    rows = ", rows" * isinstance(scenario.sampler, ExampleSampler)
    noise = " + noise" * isinstance(scenario.sampler, GradientNoise)
    functions, gradient = _gradient_functions(entry, settings, dialect)
    if functions or noise:
        functions = [dialect.slope.format(rows=rows, more=noise), *functions]
        step = dialect.changed.format(gradient=gradient)
    else:
        step = dialect.plain.format(rows=rows)
    if carries_rate:
        step = step.replace("optimizer.step()", f"theta.grad *= {settings[-1]['learning_rate']}\noptimizer.step()")
    after = _after(entry, settings, dialect)
    point = twin.point.format(**settings[-1])
    loop = [
        *_sampling(scenario, dialect),
        *_group_settings(entry, twin, scheduled, dialect),
        *([f"before = {dialect.here}"] if any("before" in line for line in after) else []),
        *step.splitlines(),
        *after,
        f"path.append({f'({point})' if point else 'theta'}.tolist())",
    ]
    x, y = scenario.point
    made = twin.made(settings[-1] | _at_first(entry, twin, scheduled, dialect))
    setup = [
        f"steps = {scenario.steps}",
        *schedule_lines(entry),
        *filter(None, (dialect.scheduled.format(name=name) for name in scheduled.values())),
        *([f"sampler = {call_text(scenario.sampler)}"] if rows else []),
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
        head(scenario, entry, f"with {dialect.title}", tuple(str(note) for note in twin.notes)),
        "\n".join(filter(None, [bundle.import_lines, dialect.imports])) + "\n",
        dialect.precision + "\n",
        *(f"\n{each}" for each in [bundle.text, surface, *functions] if each),
        "\n" + "\n".join(setup),
    ]
    return Snippet("\n".join(parts) + "\n", twin.notes, twin.equal_to(entry.core))


def _twin(entry: Entry, dialect: Dialect) -> Twin:
    """Return the twin of the entry's core. Raises NoScript if the library cannot reproduce the entry."""
    twin = TWINS[dialect.key].get(key_of(entry.core))
    if twin is None:
        raise NoScript(
            "{library} has no {name}; the NumPy script says all of it.", library=dialect.title, name=entry.core.label
        )
    for name, value in twin.needs.items():
        if getattr(entry.core, name) != value:
            raise NoScript(
                "{library}'s {name} is always that with “{setting}” = {value}; the NumPy script says all of it.",
                library=dialect.title, name=entry.core.label, setting=in_words(name), value=str(value).lower(),
            )  # fmt: skip
    keys = [key_of(layer) for layer in entry.layers[:-1]]
    for key, layer in zip(keys, entry.layers, strict=False):
        if key not in GRADIENT_WRAPPERS and key not in STEP_WRAPPERS:
            raise NoScript("There is no script with {name} yet, but for NumPy's.", name=layer.label)
        needs_points = key in STEP_WRAPPERS or "path[" in GRADIENT_WRAPPERS[key][1]
        if needs_points and twin.point:
            raise NoScript(
                "{library} keeps another point as its parameter, which {name} would change; the NumPy script is right.",
                library=dialect.title, name=layer.label,
            )  # fmt: skip
    inner = "inner." * (len(entry.layers) - 1)
    for path, _schedule in entry.schedules:
        name = path.removeprefix(inner)
        free = name in twin.follows and (dialect.key == "torch" or name == "learning_rate")
        if path.count("inner.") == len(entry.layers) - 1 and not free:
            raise NoScript(
                "{library}'s {owner} cannot follow a schedule of “{name}”; the NumPy script does.",
                library=dialect.title, owner=entry.core.label, name=in_words(name),
            )  # fmt: skip
    return twin


def _settings(entry: Entry, scheduled: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the settings of every layer as program text, outermost first; scheduled ones as their value at step t."""
    settings = []
    for depth, layer in enumerate(entry.layers):
        own = settings_text(layer)
        for name in own:
            if (path := "inner." * depth + name) in scheduled:
                own[name] = f"{scheduled[path]}[t]"
        settings.append(own)
    return settings


def _at_first(entry: Entry, twin: Twin, scheduled: Mapping[str, str], dialect: Dialect) -> dict[str, str]:
    """Return the scheduled settings as arguments of the call that creates the optimizer."""
    inner = "inner." * (len(entry.layers) - 1)
    own = {name: scheduled[inner + name] for name in twin.follows if inner + name in scheduled}
    if dialect.key == "torch":
        return {name: f"{variable}[0]" for name, variable in own.items()}
    return {name: f"lambda t: {variable}[t]" for name, variable in own.items()}


def _group_settings(entry: Entry, twin: Twin, scheduled: Mapping[str, str], dialect: Dialect) -> list[str]:
    """Return the lines that set PyTorch's parameter groups at every step; none for optax, which calls its schedules."""
    inner = "inner." * (len(entry.layers) - 1)
    return [
        f'optimizer.param_groups[0]["{group}"] = {scheduled[inner + name]}[t]'
        for name, group in twin.follows.items()
        if inner + name in scheduled and dialect.key == "torch"
    ]


def _gradient_functions(entry: Entry, settings: list[dict[str, str]], dialect: Dialect) -> tuple[list[str], str]:
    """Return the functions of the wrappers that change the gradient, outermost first, and the name of the last one."""
    functions: list[str] = []
    gradient, count = "gradient", 0
    for layer, own in zip(entry.layers[:-1], settings, strict=False):
        if (key := key_of(layer)) in GRADIENT_WRAPPERS:
            name, body = GRADIENT_WRAPPERS[key]
            count += 1
            name = f"{name}_{count}" if any(f"def {name}(" in each for each in functions) else name
            size = dialect.size.format(least=LEAST.get(key, "").format(**own))
            functions.append(
                f"def {name}(theta):\n{body.format(inner=gradient, size=size, tensor=dialect.tensor, **own)}\n"
            )
            gradient = name
    return functions, gradient


def _after(entry: Entry, settings: list[dict[str, str]], dialect: Dialect) -> list[str]:
    """Return the lines of the wrappers that change the point after the step, innermost first."""
    rate = settings[-1].get("learning_rate", "1.0")  # as `learning_rate_of`
    lines: list[str] = []
    for layer, own in zip(reversed(entry.layers), reversed(settings), strict=True):
        if key_of(layer) in STEP_WRAPPERS:
            lines += STEP_WRAPPERS[key_of(layer)][dialect.key].format(rate=rate, **own).splitlines()
    if lines and dialect.key == "torch":
        return ["with torch.no_grad():", *(f"    {line}" for line in lines)]
    return lines


def _sampling(scenario: Scenario, dialect: Dialect) -> list[str]:
    """Return the lines that draw the noise or the examples of a step."""
    sampler, seed = scenario.sampler, scenario.seed
    if isinstance(sampler, Exact):
        return []
    if isinstance(sampler, GradientNoise):
        spread = f"({sampler.eta!r} / (1 + t) ** {sampler.gamma!r}) ** 0.5"
        drawn = f"{spread} * np.random.default_rng([{seed}, t]).standard_normal(2)"
        return [f"noise = {dialect.tensor}({drawn})"]
    loss = examples_of(scenario)
    if isinstance(sampler, ExampleSampler) and loss and not (loss.treatment.batch_norm or loss.treatment.dropout):
        return [f"rows = sampler.rows_at(Examples, t, {seed}).copy()"]
    raise NoScript(
        "“{sampler}” on this loss is written out in the NumPy script only.",
        sampler=sampler.label,
    )


def _definitions(scenario: Scenario, entry: Entry) -> Bundle:
    """Return the definitions of this library that the script contains: schedules and a sampler of examples."""
    bundle = Bundle()
    schedules = [cls for _path, schedule in entry.schedules for cls in layers(schedule)]
    bundle.add(*dict.fromkeys(schedules), using={"factor"})
    if isinstance(scenario.sampler, ExampleSampler):
        bundle.add(type(scenario.sampler), using={"rows_at"})
    return bundle


def _loss(scenario: Scenario, dialect: Dialect, bundle: Bundle) -> str:
    loss = examples_of(scenario)
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
    lines = [f"{name} = {array_text(values, dialect.tensor)}" for name, values in parts.items()]
    if sampled:
        known = {name: getattr(loss.data, name) for name in ("features", "targets", "difficulty") if bundle.uses(name)}
        lines.append("\n\n" + data_class(known) if known else "\n\nclass Data:\n    pass")
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


def _rate_varies(entry: Entry) -> bool:
    """Return whether the learning rate of the innermost optimizer changes during the run."""
    path = owner_path(entry.optimizer, "learning_rate") if hasattr(entry.core, "learning_rate") else ""
    return any(name == path and key_of(schedule) != "constant" for name, schedule in entry.schedules)
