"""The scenario of a training: data, architecture, entries, batches and epochs, as an immutable value and a link."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Any

from landscape_lab.experiments.scenarios.notation import MAX_LENGTH, Call, Value, read, write
from landscape_lab.experiments.scenarios.reading import check_knob, check_range, knob_value, read_call, read_whole
from landscape_lab.experiments.scenarios.scenario import MAX_ENTRIES, MAX_SEED, VERSION, Entry, check_query
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from landscapes.networks import NETWORK_DATASETS, Classes, Moons, Network, NetworkError, NetworkLoss, UnitDropout
from optim_core import knobs
from optim_core.sampler import Sampler
from optim_core.samplers.exact import Exact
from optim_core.samplers.minibatch import Minibatch

MAX_EPOCHS = 5000
MAX_TRAINING_STEPS = 20_000
"""Steps of each entry: 2 s for a network 2-16-16-1 with minibatches."""
CHECKPOINTS = 150
"""Checkpoints of each entry at most, besides the start: what the stage plays."""


@dataclass(frozen=True)
class NetworkScenario:
    """A training of one network by several optimizers, from the same initial weights and with the same batches.

    entries     the optimizers, with wrappers and schedules
    data        the examples
    hidden      widths of the hidden layers; those of the first and the last layer follow from the data
    batch       examples of each step; 0 for all of them
    epochs      passes over the examples
    seed        of the initial weights, the order of the examples and dropout

    The other fields are those of `landscapes.networks.Network`. Raises ScenarioError for a training that is impossible
    or would take too long.
    """

    entries: tuple[Entry, ...]
    data: Classes = Moons()  # noqa: RUF009 - frozen
    hidden: tuple[int, ...] = (16, 16)
    activation: str = "tanh"
    loss: str = "cross_entropy"
    initialisation: str = "glorot_uniform"
    normalisation: str = "none"
    dropout: float = 0.0
    l2: float = 0.0
    batch: int = 32
    epochs: int = 60
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= len(self.entries) <= MAX_ENTRIES:
            raise ScenarioError(
                "A training has 1 to {most} entries, not {count}.", most=MAX_ENTRIES, count=len(self.entries)
            )
        for name, known in knobs(self.data).items():
            check_knob(name, known, getattr(self.data, name))
        check_range("batch", self.batch, 0, self.data.n)
        check_range("epochs", self.epochs, 1, MAX_EPOCHS)
        check_range("seed", self.seed, 0, MAX_SEED)
        check_range("steps", self.steps, 1, MAX_TRAINING_STEPS)
        _ = self.network

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
            raise ScenarioError(error.template, **error.values) from None

    @cached_property
    def objective(self) -> NetworkLoss:
        """The mean loss over the training examples, with the validation examples held out."""
        return self.network.on(self.data.train, self.data.held_out)

    @property
    def sampler(self) -> Sampler:
        """What each step sees of the loss."""
        inner = Minibatch(self.batch) if 0 < self.batch < self.data.n else Exact()
        return UnitDropout(inner) if self.dropout else inner

    @property
    def steps(self) -> int:
        """Steps of each entry."""
        return self.epochs * (-(-self.data.n // self.batch) if self.batch else 1)

    @property
    def every(self) -> int:
        """Steps between two checkpoints."""
        return -(-self.steps // CHECKPOINTS)

    def to_query(self) -> dict[str, str]:
        """Return the parts of a link, from which `from_query` reads an equal scenario."""
        data = {name: getattr(self.data, name) for name in knobs(self.data)}
        return {
            "v": VERSION,
            "data": write(
                Call(_key_of(self.data), {k: v if isinstance(v, bool) else float(v) for k, v in data.items()})
            ),
            "hidden": ",".join(str(width) for width in self.hidden),
            **{name: getattr(self, name) for name in _WORDS},
            **{name: write(float(getattr(self, name))) for name in _NUMBERS},
            "lanes": ",".join(entry.text for entry in self.entries),
        }

    @cached_property
    def text(self) -> str:
        """The whole scenario as one line of text."""
        return "&".join(f"{name}={value}" for name, value in self.to_query().items())

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "NetworkScenario":
        """Read the parts of a link. Missing parts have their defaults. Raises ScenarioError for invalid parts."""
        check_query(query)
        known = {"v", "lanes", *(f.name for f in fields(cls))} - {"entries"}
        for name, value in query.items():
            if name not in known:
                raise ScenarioError("The link has a part “{name}” that means nothing here.", name=name)
            if len(value) > MAX_LENGTH:
                raise ScenarioError(
                    "The link is too long: “{name}” has {length} characters.", name=name, length=len(value)
                )
        if query.get("v", VERSION) != VERSION:
            raise ScenarioError("The link was made by another version of this page ({version}).", version=query["v"])
        parts: dict[str, Any] = {"entries": default_network_entries()}
        if "lanes" in query:
            values = read(query["lanes"]) if query["lanes"].strip() else []
            parts["entries"] = tuple(Entry.from_text(write(value)) for value in values)
        if "data" in query:
            parts["data"] = _data(read_call(query["data"], "data"))
        if "hidden" in query:
            widths = read(query["hidden"]) if query["hidden"].strip() else []
            parts["hidden"] = tuple(int(_whole("hidden", width)) for width in widths)
        parts |= {name: query[name] for name in _WORDS if name in query}
        for name, kind in _NUMBERS.items():
            if name in query and kind is int:
                parts[name] = read_whole(name, query[name])
            elif name in query:
                parts[name] = _number(name, query[name])
        return cls(**parts)


_WORDS = ("activation", "loss", "initialisation", "normalisation")
_NUMBERS = {"dropout": float, "l2": float, "batch": int, "epochs": int, "seed": int}


def _key_of(data: Classes) -> str:
    return next(key for key, cls in NETWORK_DATASETS.items() if type(data) is cls)


def _data(call: Call) -> Classes:
    cls = NETWORK_DATASETS.get(call.name)
    if cls is None:
        raise ScenarioError("There are no data called “{name}”.", name=call.name)
    settings: dict[str, Any] = {}
    for name, value in call.arguments.items():
        if name not in knobs(cls):
            raise ScenarioError("“{owner}” has no setting called “{name}”.", owner=call.name, name=name)
        settings[name] = knob_value(name, knobs(cls)[name], value)
        check_knob(name, knobs(cls)[name], settings[name])
    return cls(**settings)


def _number(name: str, text: str) -> float:
    values = read(text) if text.strip() else []
    if len(values) != 1 or isinstance(values[0], bool) or not isinstance(values[0], float):
        raise ScenarioError("“{name}” must be a number.", name=name)
    return values[0]


def _whole(name: str, value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, float) or not value.is_integer():
        raise ScenarioError("“{name}” must be a whole number, not “{text}”.", name=name, text=str(value))
    return value


@cache
def default_network_entries() -> tuple[Entry, ...]:
    """Return the default entries."""
    texts = ("gradient_descent(learning_rate=0.5)", "momentum(learning_rate=0.1)", "adam(learning_rate=0.01)")
    return tuple(map(Entry.from_text, texts))
