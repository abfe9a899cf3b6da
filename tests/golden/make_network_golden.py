# pyright: reportMissingImports=false
"""Writes `networks.npz`: losses, gradients, Hessian-vector products and first steps of networks in torch.

Run by hand, in an environment with requirements-reference.txt, from the root of the project:

    python -m tests.golden.make_network_golden
"""

import platform
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.func import functional_call

from tests.golden.make_golden import of_torch
from tests.golden.network_cases import BATCHES, NETWORKS, OPTIMIZERS, STEPS, TRAINED, data_of, theta_of

torch.set_default_dtype(torch.float64)


def model_of(network: Any) -> Any:
    """The network as one writes it in torch."""
    modules = []
    *hidden, last = zip(network.widths, network.widths[1:], strict=False)
    for fan_in, fan_out in hidden:
        modules.append(nn.Linear(fan_in, fan_out))
        if network.normalisation != "none":
            modules.append({"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}[network.normalisation](fan_out))
        modules.append({"tanh": nn.Tanh, "relu": nn.ReLU}[network.activation]())
    return nn.Sequential(*modules, nn.Linear(*last))


def loss_of(network: Any, model: Any, features: Any, targets: Any) -> Any:
    """The loss as a function of the vector of all parameters, in the order of `parameters_to_vector`."""

    def loss(theta: Any) -> Any:
        parts, at, penalty = {}, 0, 0.0
        for name, parameter in model.named_parameters():
            parts[name] = theta[at : at + parameter.numel()].view_as(parameter)
            at += parameter.numel()
            if parameter.ndim == 2:
                penalty = penalty + network.l2 / 2 * (parts[name] ** 2).sum()
        assert at == len(theta)
        outputs = functional_call(model, parts, features)
        if network.loss == "squared_error":
            return nn.functional.mse_loss(outputs, nn.functional.one_hot(targets).double()) + penalty
        if network.widths[-1] == 1:
            return nn.functional.binary_cross_entropy_with_logits(outputs[:, 0], targets.double()) + penalty
        return nn.functional.cross_entropy(outputs, targets) + penalty

    return loss


def main() -> None:
    """Write the file."""
    record: dict[str, Any] = {}
    for name, network in NETWORKS.items():
        data, (point, direction) = data_of(name), theta_of(name)
        features, targets = torch.tensor(data.features.copy()), torch.tensor(data.targets).long()
        record[f"{name}/features"], record[f"{name}/targets"] = data.features, data.targets
        record[f"{name}/theta"], record[f"{name}/direction"] = point, direction
        loss, theta = loss_of(network, model_of(network), features, targets), torch.tensor(point)
        record[f"{name}/value"] = loss(theta).numpy()
        record[f"{name}/gradient"] = torch.autograd.functional.jacobian(loss, theta).numpy()
        record[f"{name}/product"] = torch.autograd.functional.hvp(loss, theta, torch.tensor(direction))[1].numpy()
        if network.normalisation == "batch":
            model = model_of(network)
            for batch in range(BATCHES):
                rows = slice(batch, None, 2)
                loss_of(network, model, features[rows], targets[rows])(theta)
            record[f"{name}/in_use"] = loss_of(network, model.eval(), features, targets)(theta).numpy()
        if name == TRAINED:
            for key, case in OPTIMIZERS.items():
                moving = torch.tensor(point, requires_grad=True)
                optimizer, path = of_torch(case.optimizer)([moving]), []
                for _ in range(STEPS):
                    optimizer.zero_grad()
                    loss(moving).backward()
                    optimizer.step()
                    path.append(moving.detach().numpy().copy())
                record[f"{name}/{key}"] = np.array(path)
        print(name)
    versions = [f"torch {torch.__version__}", f"numpy {np.__version__}", f"Python {platform.python_version()}"]
    record["made_with"] = np.array(versions)
    np.savez_compressed(Path(__file__).with_name("networks.npz"), **record)


if __name__ == "__main__":
    main()
