"""Records the training of a PyTorch model for the page "Networks" of Loss Landscape Lab.

Copy this file beside your training script. The page, and docs/reference/recordings.md, describe what it writes.
"""

import numpy as np
import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters


class Recorder:
    """Keeps the weights of a model while it trains, and saves them with the loss on the plane of their paths."""

    def __init__(self, model):
        self.model, self.runs = model, {}

    def record(self, step, run="run"):
        """Keep the present weights, after so many steps of a run; all runs are recorded at the same steps."""
        weights = parameters_to_vector(self.model.parameters()).detach().cpu().double()
        self.runs.setdefault(run, {})[step] = weights

    def save(self, file, loss_of, validation_loss_of=None, points=51):
        """Write an .npz file. `loss_of(model)` is the mean loss over all training examples, as a number."""
        theta = torch.stack([torch.stack([*run.values()]) for run in self.runs.values()], dim=1)  # (T, L, P)
        origin = theta.mean(dim=(0, 1))
        axes = torch.linalg.svd((theta - origin).flatten(0, 1), full_matrices=False).Vh[:2]  # principal components
        path = (theta - origin) @ axes.T  # (T, L, 2)
        distance = torch.linalg.norm(theta - origin - path @ axes, dim=-1)  # (T, L)
        low, high = path.amin((0, 1)), path.amax((0, 1))
        margin = 0.2 * torch.maximum(high - low, (high - low).max() / 2)
        low, high = low - margin, high + margin
        x, y = (low + torch.linspace(0, 1, points)[:, None] * (high - low)).T.tolist()

        @torch.no_grad()
        def at(weights, loss_of=loss_of):
            vector_to_parameters(weights.to(now), self.model.parameters())
            return float(loss_of(self.model))

        now = parameters_to_vector(self.model.parameters()).detach()
        losses = {
            "grid": [[at(origin + a * axes[0] + b * axes[1]) for a in x] for b in y],
            "loss": [[at(weights) for weights in row] for row in theta],
            "drawn": [[at(origin + point @ axes) for point in row] for row in path],
        }
        if validation_loss_of:
            losses["validation_loss"] = [[at(weights, validation_loss_of) for weights in row] for row in theta]
        vector_to_parameters(now, self.model.parameters())
        within, outside = (path**2).sum(dim=(0, 2)), (distance**2).sum(dim=0)
        np.savez_compressed(
            file, names=[*self.runs], steps=[*next(iter(self.runs.values()))], x=x, y=y, path=path.mT,
            distance=distance, shares=within / (within + outside), axes=["first component", "second component"],
            **losses,
        )  # fmt: skip
