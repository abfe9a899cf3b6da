"""The scenario of a training: data, architecture, entries, batches and epochs, as an immutable value and a link."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

from landscape_lab.experiments.networks.examples import Examples, call_of, private_cache_of, read_examples
from landscape_lab.experiments.scenarios.notation import Value, read, write
from landscape_lab.experiments.scenarios.reading import check_knobs, knob_value, read_call
from landscape_lab.experiments.scenarios.scenario import (
    MAX_ENTRIES,
    MAX_SEED,
    VERSION,
    Entry,
    check_entry,
    check_parts,
)
from landscape_lab.experiments.scenarios.sentence import ScenarioError, Sentence
from landscape_lab.experiments.scenarios.surfaces import NO_DATA, OwnData
from landscapes.networks import Moons, Network, NetworkError, NetworkLoss, UnitDropout
from optim_core import knobs
from optim_core.caching import PrivateCache
from optim_core.knob import knob
from optim_core.sampler import Sampler
from optim_core.samplers.exact import Exact
from optim_core.samplers.minibatch import Minibatch

MOST_STEPS = 20_000
"""Steps of each entry at most: 3 s for a network 2-16-16-1 with minibatches."""
MOST_CHECKPOINTS, LEAST_CHECKPOINTS = 100, 30
"""Checkpoints of each entry besides the start: what the stage plays. There are fewer for large networks."""
MOST_NUMBERS = 2**22
"""Numbers in the checkpoints of all entries: 32 MB."""
MOST_MEASURED = 5e8
"""Parameters times examples times checkpoints, of all entries together: 5 s for their sharpness."""
STEP = 1.6e6
"""What a step costs beside its multiplications, in multiplications: 0.16 ms."""
EIGENVALUE = 90
"""Multiplications for the sharpness of one checkpoint, for each parameter and example."""
MOST_COST = 6e11
"""Multiplications of a training at most: about a minute, with one gradient a step."""


@dataclass(frozen=True)
class NetworkScenario:
    """A training of one network by several optimizers, from the same initial weights and with the same batches.

    entries     the optimizers, with wrappers and schedules
    data        the examples
    hidden      widths of the hidden layers; those of the first and the last layer follow from the data
    batch       examples of each step; 0, or more than there are, for all of them
    epochs      passes over the examples
    seed        of the initial weights, the order of the examples and dropout

    The other fields are those of `landscapes.networks.Network`. The text of a scenario with a user's own data
    identifies them by a digest. Raises ScenarioError for a training that is impossible or too large, before anything is
    allocated.
    """

    entries: tuple[Entry, ...]
    data: Examples = Moons()  # noqa: RUF009 - frozen
    hidden: tuple[int, ...] = (16, 16)
    activation: str = "tanh"
    loss: str = "cross_entropy"
    initialisation: str = "glorot_uniform"
    normalisation: str = "none"
    dropout: float = knob(
        0.0, 0.0, 0.9, symbol="p", help="The chance of each hidden unit to be left out of a training step."
    )
    l2: float = knob(
        0.0, 0.0, 0.1, symbol=r"\alpha", help="Adds half of this times the sum of the squared weights to the loss."
    )
    batch: int = knob(32, 0, 10_000, symbol="B", help="How many examples each step uses; 0 for all of them.")
    epochs: int = knob(60, 1, 5000, symbol="", scale="log", help="How often training passes over all examples.")
    seed: int = knob(
        0, 0, MAX_SEED, symbol="s", help="Determines the initial weights, the order of the examples and dropout."
    )

    def __post_init__(self) -> None:
        if not 1 <= len(self.entries) <= MAX_ENTRIES:
            raise ScenarioError(
                "A training has 1 to {most} entries, not {count}.", most=MAX_ENTRIES, count=len(self.entries)
            )
        for entry in self.entries:
            check_entry(entry)
        check_knobs(self.data)
        check_knobs(self)
        if self.steps > MOST_STEPS:
            raise ScenarioError(
                "{epochs} epochs are {steps} steps; at most {most} are possible: take fewer epochs or larger batches.",
                epochs=self.epochs, steps=f"{self.steps:,}", most=f"{MOST_STEPS:,}",
            )  # fmt: skip
        _ = self.network
        if self.cost > MOST_COST:
            raise ScenarioError(
                "This training is about {times:.2g} times as long as is possible here: take fewer epochs, entries or "
                "examples, or narrower layers.",
                times=self.cost / MOST_COST,
            )  # fmt: skip
        _ = self.objective

    @cached_property
    def network(self) -> Network:
        """The architecture."""
        outputs = self.data.classes if self.data.classes > 2 else 1
        try:
            return Network(
                (len(self.data.names) - 1, *self.hidden, outputs),
                self.activation, self.loss, self.initialisation, self.normalisation, self.dropout, self.l2,
            )  # fmt: skip
        except NetworkError as error:
            raise _as_scenario_error(error) from None

    @cached_property
    def objective(self) -> NetworkLoss:
        """The mean loss over the training examples, with the validation examples held out."""
        try:
            return self.network.on(self.data.train, self.data.held_out)
        except NetworkError as error:
            raise _as_scenario_error(error) from None

    @property
    def sampler(self) -> Sampler:
        """What each step sees of the loss."""
        inner = Minibatch(self.batch) if 0 < self.batch < self.data.n else Exact()
        return UnitDropout(inner) if self.dropout else inner

    @property
    def is_noisy(self) -> bool:
        """Whether the gradients of the steps are drawn at random."""
        return self.sampler.is_random(self.objective)

    @property
    def steps(self) -> int:
        """Steps of each entry."""
        return self.epochs * (-(-self.data.n // self.batch) if self.batch else 1)

    @property
    def every(self) -> int:
        """Steps between two checkpoints."""
        each = self.network.parameters * len(self.entries)
        affordable = min(MOST_NUMBERS / each, MOST_MEASURED / (each * self.data.n))
        return -(-self.steps // int(min(MOST_CHECKPOINTS, max(LEAST_CHECKPOINTS, affordable))))

    @property
    def step_cost(self) -> float:
        """An estimate of the multiplications of a step, for methods with one gradient; others need more."""
        n = self.data.n
        return STEP + (3 * min(self.batch or n, n) + n) * self.network.parameters  # the loss is over all examples

    @property
    def cost(self) -> float:
        """The same for the training of all entries."""
        checkpoint = EIGENVALUE * self.network.parameters * self.data.n
        return len(self.entries) * (self.steps * self.step_cost + (self.steps / self.every + 1) * checkpoint)

    @property
    def private_cache(self) -> PrivateCache | None:
        """The cache for results about a user's own data; see `optim_core.caching`."""
        return private_cache_of(self.data)

    @property
    def is_pure(self) -> bool:
        """Whether all of it is known to be pure, so that results may be kept."""
        return all(entry.is_pure for entry in self.entries)

    def to_query(self) -> dict[str, str]:
        """Return the parts of a link, from which `from_query` reads an equal scenario."""
        return {
            "v": VERSION,
            "data": write(call_of(self.data)),
            "widths": ",".join(str(width) for width in self.hidden),
            **{name: getattr(self, name) for name in _WORDS},
            **{name: write(float(getattr(self, name))) for name in knobs(self)},
            "lanes": ",".join(entry.text for entry in self.entries),
        }

    @cached_property
    def text(self) -> str:
        """The whole scenario as one line of text, with a digest of a user's own data."""
        return "&".join(f"{name}={value}" for name, value in self.to_query().items())

    @cached_property
    def unnamed(self) -> str:
        """The text of the scenario without the names of its entries, on which no result depends."""
        return replace(self, entries=tuple(replace(entry, name="") for entry in self.entries)).text

    @classmethod
    def from_query(cls, query: Mapping[str, str], own: OwnData = NO_DATA) -> "NetworkScenario":
        """Read the parts of a link. Missing parts have their defaults. Raises ScenarioError for invalid parts.

        own  the losses over own data that the user has loaded: a link alone gives no access to data
        """
        check_parts(query, {"v", "data", "widths", "lanes", *_WORDS, *knobs(cls)})  # "hidden" is a part about the view
        parts: dict[str, Any] = {"entries": default_network_entries()}
        if "lanes" in query:
            values = read(query["lanes"]) if query["lanes"].strip() else []
            parts["entries"] = tuple(Entry.from_text(write(value)) for value in values)
        if "data" in query:
            parts["data"] = read_examples(read_call(query["data"], "data"), own)
        if "widths" in query:
            parts["hidden"] = read_widths(query["widths"])
        parts |= {name: query[name] for name in _WORDS if name in query}
        for name, facts in knobs(cls).items():
            if name in query:
                values = read(query[name]) if query[name].strip() else []
                if len(values) != 1:
                    raise ScenarioError("“{name}” needs one value, not {count}.", name=name, count=len(values))
                parts[name] = knob_value(name, facts, values[0])
        return cls(**parts)


_WORDS = ("activation", "loss", "initialisation", "normalisation")


def read_widths(text: str) -> tuple[int, ...]:
    """Read the widths of hidden layers, such as "16,16"; an empty text is a network without them.

    Raises ScenarioError for anything but whole numbers. How many and how large they may be, `Network` says.
    """
    try:
        widths = read(text.replace("，", ",")) if text.strip() else []
    except ScenarioError:  # about a link, which this may not be
        raise _no_widths() from None
    return tuple(_whole(width) for width in widths)


def _whole(value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, float) or not value.is_integer():
        raise _no_widths()
    return int(value)


def _no_widths() -> ScenarioError:
    return ScenarioError("The widths of the layers are whole numbers such as {example}.", example="16, 16")


@cache
def default_network_entries() -> tuple[Entry, ...]:
    """Return the default entries."""
    texts = ("gradient_descent(learning_rate=0.5)", "momentum(learning_rate=0.1)", "adam(learning_rate=0.01)")
    return tuple(map(Entry.from_text, texts))


def _as_scenario_error(error: NetworkError) -> ScenarioError:
    """The same sentence. A list of known names is the program's own text, so that it is not shortened."""
    names = {name: Sentence(value) for name, value in error.values.items() if name == "known"}
    return ScenarioError(error.template, **error.values | names)
