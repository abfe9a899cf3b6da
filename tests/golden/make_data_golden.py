# pyright: reportMissingImports=false
"""Writes `data_gradients.npz`: losses, gradients and Hessians that ours must equal, by torch's autograd.

Run by hand, in an environment with requirements-reference.txt, from the root of the project:

    python -m tests.golden.make_data_golden

The examples are stored as well: the same settings must always give the same ones.
"""

import platform
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from landscapes import DATA_LOSSES
from tests.golden.data_cases import CASES, ROWS, THETA

torch.set_default_dtype(torch.float64)


def loss(key: str, settings: dict[str, Any], features: Any, targets: Any, theta: Any) -> Any:
    """The loss as one writes it in torch, of features (k, n) that are standardised already."""
    if settings.get("batch_norm"):
        features = functional.batch_norm(features.T, None, None, training=True).T
    x, y = theta
    penalty = settings.get("l2", 0.0) / 2 * (x * x if key == "linear_regression" else x * x + y * y)
    if key == "linear_regression":
        return functional.mse_loss(x * features[0] + y, targets) + penalty
    if key == "hidden_unit_regression":
        return functional.mse_loss(y * torch.tanh(x * features[0]), targets) + penalty
    logits = x * features[0] + y * features[1]
    if key == "logistic_regression":
        return functional.binary_cross_entropy_with_logits(logits, targets) + penalty
    p = settings.get("dropout", 0.0)  # its mean over all masks is ridge regression
    penalty = penalty + p / (1 - p) * (theta * theta * (features * features).mean(dim=1)).sum()
    return functional.mse_loss(logits, targets) + penalty


def main() -> None:
    """Write the file."""
    record: dict[str, Any] = {}
    for name, (key, settings) in CASES.items():
        data = DATA_LOSSES[key].with_parameters(**settings).data
        record[f"{name}/features"], record[f"{name}/targets"] = data.features, data.targets
        features = torch.tensor(data.features.T.copy())
        if settings.get("standardised"):
            features = (features - features.mean(dim=1, keepdim=True)) / features.std(dim=1, correction=0, keepdim=True)
        for part, rows in {"whole": np.arange(data.n), "batch": ROWS}.items():
            answers: dict[str, list[Any]] = {"value": [], "gradient": [], "hessian": []}
            for point in THETA.T:

                def of(theta: Any, key=key, settings=settings, rows=rows, features=features, data=data) -> Any:
                    return loss(key, settings, features[:, rows], torch.tensor(data.targets[rows]), theta)

                theta = torch.tensor(point)
                answers["value"].append(of(theta).numpy())
                answers["gradient"].append(torch.autograd.functional.jacobian(of, theta).numpy())  # pyright: ignore
                answers["hessian"].append(torch.autograd.functional.hessian(of, theta).numpy())  # pyright: ignore
            for what, each in answers.items():
                record[f"{name}/{part}/{what}"] = np.stack(each, axis=-1)
        print(name)
    record["made_with"] = np.array(
        [f"torch {torch.__version__}", f"numpy {np.__version__}", f"Python {platform.python_version()}"]
    )
    np.savez_compressed(Path(__file__).with_name("data_gradients.npz"), **record)


if __name__ == "__main__":
    main()
