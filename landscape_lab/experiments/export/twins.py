"""The optimizers of PyTorch and optax that correspond to ours, and the differences of their conventions.

One table for each library: the exported scripts, the tests that compare paths, and the golden paths are made from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from landscape_lab.experiments.scenarios.sentence import Sentence
from optim_core import Optimizer, knobs


@dataclass(frozen=True)
class Twin:
    """The optimizer of another library that corresponds to one of ours.

    text     the call that creates it, with our settings in braces
    notes    the differences of its convention, if any
    needs    the values that some of our settings must have for the library to have an equivalent
    equal    upper limits of settings for which the paths are equal, if restricted; None if the paths always differ
    follows  the settings that can follow a schedule, and their names in PyTorch's parameter groups
    velocity whether the library's learning rate multiplies the velocity and ours the gradient, so that the paths are
             equal at a constant rate only
    point    our point as an expression, if the library's parameter is another point
    """

    text: str
    notes: tuple[Sentence, ...] = ()
    needs: Mapping[str, Any] = field(default_factory=dict)
    equal: Mapping[str, float] | None = field(default_factory=dict)
    follows: Mapping[str, str] = field(default_factory=lambda: {"learning_rate": "lr"})
    velocity: bool = False
    point: str = ""

    def made(self, settings: Mapping[str, str]) -> str:
        """Return the call with these settings, each given as program text."""
        return self.text.format(**settings)

    def at_rate_one(self) -> "Twin":
        """Return the twin with a learning rate of 1, for gradients that are already multiplied by the rate."""
        text, point = (text.replace("{learning_rate}", "1.0") for text in (self.text, self.point))
        follows = {name: group for name, group in self.follows.items() if name != "learning_rate"}
        return replace(self, text=text, point=point, follows=follows)

    def equal_to(self, optimizer: Optimizer) -> bool:
        """Return whether the paths of both optimizers are equal up to rounding."""
        return self.equal is not None and all(getattr(optimizer, name) <= most for name, most in self.equal.items())


CORRECTED = {"bias_correction": True}
"""Both libraries always apply the bias correction."""
ADAM = "lr={learning_rate}, betas=({beta1}, {beta2}), eps={epsilon}"
RATE_AND_BETAS = "{learning_rate}, b1={beta1}, b2={beta2}, eps={epsilon}"
VELOCITY = Sentence(
    "PyTorch multiplies the velocity by the learning rate; here the rate multiplies the gradient before it enters the "
    "velocity. At a constant rate both are the same path. Under a schedule, this script multiplies the gradient by the "
    "rate and leaves lr = 1."
)
AHEAD = Sentence(
    "The library keeps the point ahead, theta - momentum * m, as its parameter; the path is given in theta."
)
OUTSIDE = Sentence(
    "PyTorch adds epsilon outside the root, here it is inside: where gradients are small, the paths part."
)

TORCH: Mapping[str, Twin] = MappingProxyType(
    {
        "gradient_descent": Twin("torch.optim.SGD([theta], lr={learning_rate})"),
        "momentum": Twin(
            "torch.optim.SGD([theta], lr={learning_rate}, momentum={momentum})",
            (VELOCITY,),
            follows={"learning_rate": "lr", "momentum": "momentum"},
            velocity=True,
        ),
        "nesterov": Twin(
            "torch.optim.SGD([theta], lr={learning_rate}, momentum={momentum}, nesterov=True)",
            (AHEAD, VELOCITY),
            velocity=True,
            point='theta + {momentum} * {learning_rate} * optimizer.state[theta]["momentum_buffer"]',
        ),
        "adagrad": Twin(
            "torch.optim.Adagrad([theta], lr={learning_rate}, eps={epsilon})", (OUTSIDE,), equal={"epsilon": 1e-16}
        ),
        "rmsprop": Twin(
            "torch.optim.RMSprop([theta], lr={learning_rate}, alpha={rho}, eps={epsilon})",
            (OUTSIDE,),
            equal={"epsilon": 1e-16},
        ),
        "adadelta": Twin("torch.optim.Adadelta([theta], lr=1.0, rho={rho}, eps={epsilon})", follows={}),
        "adam": Twin(f"torch.optim.Adam([theta], {ADAM})", needs=CORRECTED),
        "adamw": Twin(
            f"torch.optim.AdamW([theta], {ADAM}, weight_decay={{weight_decay}})",
            needs=CORRECTED,
            follows={"learning_rate": "lr", "weight_decay": "weight_decay"},
        ),
        "amsgrad": Twin(
            f"torch.optim.Adam([theta], {ADAM}, amsgrad=True)",
            (Sentence("As here, PyTorch takes the largest v before its correction; the paper has no correction."),),
            needs=CORRECTED,
        ),
        "adamax": Twin(f"torch.optim.Adamax([theta], {ADAM})"),
        "nadam": Twin(f"torch.optim.NAdam([theta], {ADAM}, momentum_decay={{momentum_decay}})"),
        "radam": Twin(
            f"torch.optim.RAdam([theta], {ADAM})",
            (Sentence("As here, PyTorch begins to rectify at rho > 5; the paper says 4."),),
        ),
        "rprop": Twin(
            "torch.optim.Rprop([theta], lr={learning_rate}, etas=({eta_minus}, {eta_plus}), "
            "step_sizes=({step_min}, {step_max}))",
            follows={},
        ),
    }
)

OPTAX: Mapping[str, Twin] = MappingProxyType(
    {
        "gradient_descent": Twin("optax.sgd({learning_rate})"),
        "momentum": Twin(
            "optax.chain(optax.scale_by_learning_rate({learning_rate}), optax.trace({momentum}))",
            (
                Sentence(
                    "optax.sgd(rate, momentum) multiplies the velocity by the learning rate; this chain multiplies the "
                    "gradient, as here. At a constant rate both are the same."
                ),
            ),
        ),
        "nesterov": Twin(
            "optax.chain(optax.scale_by_learning_rate({learning_rate}), optax.trace({momentum}, nesterov=True))",
            (AHEAD,),
            point="theta - {momentum} * state[1].trace",
        ),
        "adagrad": Twin(
            "optax.adagrad({learning_rate}, initial_accumulator_value=0.0, eps={epsilon})",
            (Sentence("optax begins its sum of squares at 0.1 unless it is told otherwise; here it begins at 0."),),
        ),
        "rmsprop": Twin(
            "optax.rmsprop({learning_rate}, decay={rho}, eps={epsilon}, eps_in_sqrt=True)",
            (Sentence("Epsilon is inside the root, as here; optax can also add it outside."),),
        ),
        "adadelta": Twin("optax.adadelta(1.0, rho={rho}, eps={epsilon})", follows={}),
        "adam": Twin(f"optax.adam({RATE_AND_BETAS})", needs=CORRECTED),
        "adamw": Twin(f"optax.adamw({RATE_AND_BETAS}, weight_decay={{weight_decay}})", needs=CORRECTED),
        "amsgrad": Twin(
            f"optax.amsgrad({RATE_AND_BETAS})",
            (Sentence("optax takes the largest v after its correction, here before: this is another path."),),
            needs=CORRECTED,
            equal=None,
        ),
        "adamax": Twin(f"optax.adamax({RATE_AND_BETAS})"),
        "nadam": Twin(
            f"optax.nadam({RATE_AND_BETAS})",
            (Sentence("optax's momentum is constant, here it warms up by Dozat's schedule: this is another path."),),
            equal=None,
        ),
        "radam": Twin(
            f"optax.radam({RATE_AND_BETAS}, threshold=5.0)",
            (Sentence("optax adds epsilon to the corrected root, here it is added to the root of v itself."),),
            equal={"epsilon": 1e-16},
        ),
        "lion": Twin(
            "optax.lion({learning_rate}, b1={beta1}, b2={beta2}, weight_decay=0.0)",
            (Sentence("optax adds weight decay to Lion unless it is told not to."),),
        ),
        "rprop": Twin(
            "optax.rprop({learning_rate}, eta_minus={eta_minus}, eta_plus={eta_plus}, min_step_size={step_min}, "
            "max_step_size={step_max})",
            (Sentence("optax makes every step one update late, and the first one not at all: this is another path."),),
            equal=None,
            follows={},
        ),
    }
)

TWINS: Mapping[str, Mapping[str, Twin]] = MappingProxyType({"torch": TORCH, "optax": OPTAX})


def settings_text(optimizer: Optimizer) -> dict[str, str]:
    """Return the settings of one layer as program text."""
    return {name: repr(getattr(optimizer, name)) for name in knobs(optimizer)}
