"""The data of a training: one of the generated data sets, or a user's own data, and their text in a link."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, TypeAlias, final

from landscape_lab.experiments.scenarios.notation import Call
from landscape_lab.experiments.scenarios.reading import check_knob, knob_value
from landscape_lab.experiments.scenarios.sentence import ScenarioError, word
from landscape_lab.experiments.scenarios.surfaces import DataNotLoaded, OwnData, data_errors_as_scenario_errors
from landscapes.datasets import Data
from landscapes.networks import NETWORK_DATASETS, Classes, own_examples
from optim_core import knobs
from optim_core.caching import PrivateCache
from optim_core.knob import HasKnobs, knob

OWN = "own"
"""The name of a user's own data in a link: `own(digest="0f3a...",held_out_share=0.3)`."""


@final
@dataclass(frozen=True)
class OwnExamples(HasKnobs):
    """A user's own data, with a random part held out for validation.

    digest  identifies the data in a link, from which they cannot be computed
    rows    all examples
    """

    label: ClassVar[str] = word("Your own data")
    source: ClassVar[str] = ""
    classes: ClassVar[int] = 2

    digest: str
    rows: Data = field(repr=False)
    held_out_share: float = knob(
        0.3, 0.1, 0.5, symbol="h", help="The share of the rows that is held out for validation."
    )
    seed: int = knob(0, 0, 9999, symbol="s", least=0, help="Another seed holds out other rows.")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the features, then of the target."""
        return self.rows.names

    @property
    def n(self) -> int:
        """The number of training examples."""
        return self.train.n

    @property
    def train(self) -> Data:
        """The training examples; features, and a target that is no class, have mean 0 and variance 1."""
        return self._parts[0]

    @property
    def held_out(self) -> Data:
        """The validation examples."""
        return self._parts[1]

    @cached_property
    def _parts(self) -> tuple[Data, Data]:
        with data_errors_as_scenario_errors():
            return own_examples(self.rows, self.held_out_share, self.seed)


Examples: TypeAlias = Classes | OwnExamples
"""The data that a network can be trained on."""


def own_data_sets(own: OwnData) -> dict[str, OwnExamples]:
    """Return the data that a user has loaded, by digest; each of them may belong to several losses."""
    found: dict[str, OwnExamples] = {}
    for key, loss in own.items():
        digest = key.rpartition("_")[2]
        if loss.own is not None and digest not in found:
            found[digest] = OwnExamples(digest, loss.own)
    return found


def private_cache_of(data: Examples) -> PrivateCache | None:
    """Return the cache for results about these data; None for generated ones."""
    return data.rows.private_cache if isinstance(data, OwnExamples) else None


def call_of(data: Examples) -> Call:
    """Return the call that `read_examples` turns back into equal data."""
    arguments = {name: getattr(data, name) for name in knobs(data)}
    settings = {name: value if isinstance(value, bool) else float(value) for name, value in arguments.items()}
    if isinstance(data, OwnExamples):
        return Call(OWN, {"digest": data.digest, **settings})
    return Call(next(key for key, cls in NETWORK_DATASETS.items() if type(data) is cls), settings)


def read_examples(call: Call, own: OwnData) -> Examples:
    """Return the data that a call describes; `own` are the losses over data that the user has loaded.

    Raises ScenarioError, and DataNotLoaded for own data that are not among them.
    """
    if call.name == OWN:
        arguments = dict(call.arguments)
        known: Mapping[str, Any] = own_data_sets(own)
        found = known.get(str(arguments.pop("digest", "")))
        if found is None:
            raise DataNotLoaded("This link is about data from a file, which it does not contain. Load that file first.")
        return OwnExamples(found.digest, found.rows, **_settings(OwnExamples, Call(OWN, arguments)))
    cls = NETWORK_DATASETS.get(call.name)
    if cls is None:
        raise ScenarioError("There are no data called “{name}”.", name=call.name)
    return cls(**_settings(cls, call))


def _settings(cls: type[Examples], call: Call) -> dict[str, Any]:
    known, settings = knobs(cls), dict[str, Any]()
    for name, value in call.arguments.items():
        if name not in known:
            raise ScenarioError("“{owner}” has no setting called “{name}”.", owner=call.name, name=name)
        settings[name] = knob_value(name, known[name], value)
        check_knob(name, known[name], settings[name])
    return settings
