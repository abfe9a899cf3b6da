"""The text form of everything in a scenario: `adam(learning_rate=0.05*cosine(final=0.1),beta1=0.8)`.

    list  = value ("," value)*
    value = number ["*" call] | "true" | "false" | string | call
    call  = name ["(" [name "=" value ("," name "=" value)*] ")"]

Nothing that is read is evaluated, and nesting is limited to `MAX_DEPTH`.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from landscape_lab.experiments.scenarios.sentence import ScenarioError, word

MAX_LENGTH = 10_000
MAX_DEPTH = 10

_TOKEN = re.compile(
    r"""\s*(?: (?P<number> [+-]?(?:\d+\.?\d*|\.\d+)(?:e[+\ -]?\d+)? )
             | (?P<name> [a-z_][a-z0-9_]* )
             | "(?P<string> [^"\\]* )"
             | (?P<mark> [(),=*] ) )\s*""",
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True)
class Call:
    """A name with arguments, perhaps multiplied by a number: `0.05*cosine(final=0.1)`."""

    name: str
    arguments: Mapping[str, "Value"] = field(default_factory=dict)
    factor: float | None = None


Value: TypeAlias = float | bool | str | Call


def read(text: str) -> list[Value]:
    """Return the values in `text`. Raises ScenarioError with the position and the reason."""
    if not isinstance(text, str):
        raise ScenarioError("A part of a link is a text, not {value}.", value=repr(text))
    if len(text) > MAX_LENGTH:
        raise ScenarioError("The link is too long: a part of it has {length} characters.", length=len(text))
    reader = _Reader(text)
    values = [reader.value()]
    while reader.take(","):
        values.append(reader.value())
    if reader.here < len(text):
        raise reader.error()
    return values


def write(value: Value) -> str:
    """Return the text that `read` turns back into exactly this value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Call):
        inside = ",".join(f"{name}={write(argument)}" for name, argument in value.arguments.items())
        called = f"{value.name}({inside})" if inside else value.name
        return called if value.factor is None else f"{write(value.factor)}*{called}"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.here, self.depth = text, 0, 0

    def error(self) -> ScenarioError:
        rest = self.text[self.here : self.here + 12]
        return ScenarioError(
            "The link cannot be read at character {place} (“{rest}”).",
            place=self.here + 1,
            rest=rest or word("its end"),
        )

    def peek(self) -> re.Match[str] | None:
        return _TOKEN.match(self.text, self.here)

    def take(self, mark: str) -> bool:
        token = self.peek()
        if token is None or token["mark"] != mark:
            return False
        self.here = token.end()
        return True

    def need(self, mark: str) -> None:
        if not self.take(mark):
            raise self.error()

    def value(self) -> Value:
        token = self.peek()
        if token is None or token["mark"] is not None:
            raise self.error()
        self.here = token.end()
        if token["string"] is not None:
            return token["string"]
        if token["number"] is not None:
            number = float(token["number"].replace(" ", "+"))  # a plus typed by hand into an address is a blank
            if not math.isfinite(number):
                raise ScenarioError("The link holds a number that is too large: {number}.", number=token["number"])
            return self.call(self.name(), number) if self.take("*") else number
        word = token["name"]
        return word == "true" if word in ("true", "false") else self.call(word, None)

    def name(self) -> str:
        token = self.peek()
        if token is None or token["name"] is None:
            raise self.error()
        self.here = token.end()
        return token["name"]

    def call(self, name: str, factor: float | None) -> Call:
        arguments: dict[str, Value] = {}
        if self.take("("):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise ScenarioError("The link nests brackets more than {depth} deep.", depth=MAX_DEPTH)
            while not self.take(")"):
                if arguments:
                    self.need(",")
                argument = self.name()
                self.need("=")
                if argument in arguments:
                    raise ScenarioError("The link sets “{name}” of “{owner}” twice.", name=argument, owner=name)
                arguments[argument] = self.value()
            self.depth -= 1
        return Call(name, arguments, factor)
