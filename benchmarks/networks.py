"""The time of training dense networks and of drawing their landscapes, beside torch where it is installed.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.networks

Six runs of a network: together here, one after another in torch, in float64 and with one thread. The goals: a minibatch
step of 2-16-16-1 no slower than torch's; its slice in 1 s, that of 64-32-32-10 in 4 s; its sharpness in 0.5 s.
"""

import importlib
import importlib.util
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.core import numpy_call, seconds
from benchmarks.machine import load, machine
from landscapes.networks import Classes, Digits, Network, Spirals, random_plane, sharpness, slice_of
from optim_core import Adam

torch: Any = importlib.import_module("torch") if importlib.util.find_spec("torch") else None

RUNS = 6
CASES: tuple[tuple[Network, Classes, int], ...] = (
    (Network((2, 16, 16, 1)), Spirals(n=400), 16),
    (Network((2, 16, 16, 1), normalisation="batch"), Spirals(n=400), 16),
    (Network((64, 32, 32, 10)), Digits(n=500), 32),
    (Network((64, 64, 64, 10)), Digits(n=500), 32),
)


def ours(network: Network, data: Classes, size: int) -> list[float]:
    """Seconds of a step of Adam on a minibatch and on all examples, of a slice, and of the sharpness."""
    loss, theta, adam = network.on(data.train), network.start(range(RUNS)), Adam(0.01)
    state, rows = adam.init(theta), np.arange(size)
    return [
        seconds(lambda: adam.step(theta, state, loss.on(rows)), 50),
        seconds(lambda: adam.step(theta, state, loss), 10),
        seconds(lambda: slice_of(loss, random_plane(network, theta[:, 0])), 3),
        seconds(lambda: sharpness(loss, theta), 3),
    ]


def of_torch(network: Network, data: Classes, size: int) -> list[float]:
    """The first three for torch: the networks one after another, the points of the slice one after another."""
    torch.set_num_threads(1)
    x, y = torch.tensor(data.train.features.copy()), torch.tensor(data.train.targets).long()

    def model() -> Any:
        modules = list[Any]()
        for fan_in, fan_out in pairwise(network.widths):
            modules.append(torch.nn.Linear(fan_in, fan_out))
            if network.normalisation == "batch":
                modules.append(torch.nn.BatchNorm1d(fan_out))
            modules.append(torch.nn.Tanh())
        return torch.nn.Sequential(*modules[: -2 if network.normalisation == "batch" else -1]).double()

    def loss(model: Any, rows: slice) -> Any:
        z = model(x[rows])
        if network.widths[-1] > 1:
            return torch.nn.functional.cross_entropy(z, y[rows])
        return torch.nn.functional.binary_cross_entropy_with_logits(z[:, 0], y[rows].double())

    models = [model() for _ in range(RUNS)]
    optimizers = [torch.optim.Adam(each.parameters(), 0.01) for each in models]

    def step(rows: slice) -> None:
        for each, optimizer in zip(models, optimizers, strict=True):
            optimizer.zero_grad()
            loss(each, rows).backward()
            optimizer.step()

    def points() -> None:
        parameters = torch.nn.utils.parameters_to_vector(models[0].parameters()).detach()
        first, second = torch.randn_like(parameters), torch.randn_like(parameters)
        with torch.no_grad():
            for a in np.linspace(-1, 1, 51):
                for b in np.linspace(-1, 1, 51):
                    at = parameters + a * first + b * second
                    torch.nn.utils.vector_to_parameters(at, models[0].parameters())
                    loss(models[0], slice(None)).item()

    return [
        seconds(lambda: step(slice(size)), 50),
        seconds(lambda: step(slice(None)), 10),
        seconds(points, 1),
    ]


def main() -> None:
    """Print two lines for each network."""
    print(f"{machine()}, {load()}, NumPy {np.__version__}; one NumPy call {numpy_call():.2f} us")
    print(f"{RUNS} runs; milliseconds: a step of Adam on a minibatch and on all examples, a slice, the sharpness\n")
    for network, data, size in CASES:
        name = f"{'-'.join(map(str, network.widths))}, {network.normalisation}, {size} of {data.n}"
        for library, measured in (("here", ours), ("torch", of_torch)):
            if library == "here" or torch is not None:
                figures = [f"{1000 * each:10.2f}" for each in measured(network, data, size)]
                print(f"{name:32}{library:6}{''.join(figures)}")


if __name__ == "__main__":
    main()
