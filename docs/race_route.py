"""Asks a running app for a race and prints how each optimizer ends: `python -m docs.race_route`, after `make run`.

The only library is NumPy. docs/race-route.md describes the address and the answer.
"""

import json
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np

ADDRESS = "http://127.0.0.1:8501/race"
LINK = {"page": "playground", "surface": "rosenbrock", "lanes": "adam(learning_rate=0.1),nesterov", "steps": "300"}
DTYPES = {"f4": "<f4", "i4": "<i4", "u1": "u1"}


def unpack(message: bytes) -> Any:
    """The tree in a message; its arrays are views of the message."""
    end = 4 + int.from_bytes(message[:4], "little")

    def array(node: dict[str, Any]) -> Any:
        if "$array" not in node:
            return node
        count = int(np.prod(node["shape"]))
        return np.frombuffer(message, DTYPES[node["dtype"]], count, end + node["$array"]).reshape(node["shape"])

    return json.loads(message[4:end], object_hook=array)


def race(address: str, link: dict[str, str], changes: dict[str, float]) -> Any:
    """The race of a link with some numbers changed."""
    query = [*link.items(), *(part for path, value in changes.items() for part in (("knob", path), ("value", value)))]
    with urlopen(f"{address}?{urlencode(query)}") as answer:
        return unpack(answer.read())


if __name__ == "__main__":
    for rate in (0.01, 0.1, 1.0):
        tree = race(ADDRESS, LINK, {"lane/0/learning_rate": rate})
        for entry in tree["race"]["lanes"]:
            x, y = entry["points"][entry["last_step"]]
            print(f"rate {rate}: {entry['name']} is at ({x:.3f}, {y:.3f}) after {entry['last_step']} steps")
