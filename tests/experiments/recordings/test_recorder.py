"""The recorder for PyTorch, run where PyTorch is installed: `make test-snippets` installs it and runs this file.

A network is trained in torch and recorded. The recording agrees with what this project computes about the same weights.
"""

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landscape_lab.experiments.recordings import Recording, read_recording
from landscape_lab.ui.networks.own_run import EXAMPLE
from landscapes.networks import Moons, Network, plane_of, slice_of

torch: Any = pytest.importorskip("torch", reason="torch is not installed: make test-snippets installs it")
DATA, STEPS, POINTS = Moons(n=60, validation=40), (0, 5, 10, 15, 20), 9
NETWORK = Network((2, 6, 1))
OPTIMIZERS = {"SGD": lambda p: torch.optim.SGD(p, lr=0.5), "Adam": lambda p: torch.optim.Adam(p, lr=0.05)}


def mean_loss(data: Any) -> Any:
    features, targets = torch.tensor(data.features), torch.tensor(data.targets)
    return lambda model: torch.nn.functional.binary_cross_entropy_with_logits(model(features)[:, 0], targets)


@pytest.fixture(scope="module")
def recorded() -> tuple[Recording, np.ndarray]:
    """The recording of a training in torch, and the weights at its checkpoints (T, P, L)."""
    from docs.recorder import Recorder

    torch.set_num_threads(1)
    layers = [torch.nn.Linear(2, 6), torch.nn.Tanh(), torch.nn.Linear(6, 1)]
    model, loss_of = torch.nn.Sequential(*layers).double(), mean_loss(DATA.train)
    recorder = Recorder(model)
    for name, made in OPTIMIZERS.items():
        torch.nn.utils.vector_to_parameters(torch.tensor(NETWORK.start(3)), model.parameters())
        optimizer = made(model.parameters())
        for step in range(STEPS[-1] + 1):
            if step in STEPS:
                recorder.record(step, name)
            optimizer.zero_grad()
            loss_of(model).backward()
            optimizer.step()
    before = torch.nn.utils.parameters_to_vector(model.parameters()).detach().numpy().copy()
    file = BytesIO()
    recorder.save(file, loss_of, mean_loss(DATA.held_out), points=POINTS)
    after = torch.nn.utils.parameters_to_vector(model.parameters()).detach().numpy()
    np.testing.assert_array_equal(after, before)
    weights = np.stack([np.stack([*run.values()]) for run in recorder.runs.values()], axis=-1)
    return read_recording(file.getvalue()), weights


def test_recording_agrees_with_the_slice_of_the_same_weights(recorded: tuple[Recording, np.ndarray]):
    recording, weights = recorded
    assert recording.names == ("SGD", "Adam") and recording.steps.tolist() == list(STEPS)
    loss = NETWORK.on(DATA.train, DATA.held_out)
    ours = slice_of(loss, plane_of(weights), weights, n=POINTS)
    signs = np.sign((recording.path * ours.path).sum(axis=(0, 2)))  # an axis may point either way
    np.testing.assert_allclose(recording.path * signs[:, None], ours.path, atol=1e-10)
    np.testing.assert_allclose(recording.x[:: int(signs[0])] * signs[0], ours.x, atol=1e-6)
    turned = recording.grid[:: int(signs[1]), :: int(signs[0])]
    np.testing.assert_allclose(turned, ours.loss, rtol=1e-5)
    at = np.stack([weights[:, :, lane].T for lane in range(2)], axis=-1)
    for found, known in (
        (recording.loss, ours.true),
        (recording.drawn, ours.drawn),
        (recording.distance, ours.distance),
        (recording.shares, ours.share),
        (recording.validation_loss, loss.validation.value(at)),
    ):
        assert found is not None
        np.testing.assert_allclose(found, known, rtol=1e-9, atol=1e-10)


def test_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from docs import recorder

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "recorder", recorder)
    model, step = torch.nn.Linear(3, 1), "with torch.no_grad(): model.weight += 0.1 * torch.rand(1, 3)"
    code = EXAMPLE.replace("...  # one step of the training", step)
    assert step in code
    names = {"features": torch.ones(4, 3), "targets": torch.ones(4, 1), "criterion": torch.nn.MSELoss()}
    exec(code, names | {"torch": torch, "model": model, "steps": 50})
    recording = read_recording((tmp_path / "run.npz").read_bytes())
    assert recording.steps.tolist() == [0, 20, 40, 50] and recording.grid.shape == (51, 51)
    assert recording.shares is not None and recording.shares.tolist() == pytest.approx([1.0], abs=0.2)
