"""The hyperparameters that several classes share, each declared once.

A class takes one over and states only what differs: `learning_rate: float = knob(0.05, like=LEARNING_RATE)`.
"""

from optim_core.knob import Knob

LEARNING_RATE = Knob(
    default=0.01,
    low=1e-6,
    high=10.0,
    least=0.0,
    symbol=r"\eta",
    scale="log",
    help="The size of a step: how far to move for a given gradient.",
)
MOMENTUM = Knob(
    default=0.9,
    low=0.0,
    high=0.9999,
    least=0.0,
    symbol=r"\gamma",
    scale="linear",
    help="How much of the last step to keep: 0 is plain descent, near 1 is a heavy ball.",
)
BETA1 = Knob(
    default=0.9,
    low=0.0,
    high=0.9999,
    least=0.0,
    most=1.0,
    symbol=r"\beta_1",
    scale="linear",
    help="How much of the old average of the gradient to keep: its memory is about 1 / (1 - beta1) steps.",
)
BETA2 = Knob(
    default=0.999,
    low=0.0,
    high=0.999999,
    least=0.0,
    most=1.0,
    symbol=r"\beta_2",
    scale="linear",
    help="How much of the old average of the squared gradient to keep.",
)
EPSILON = Knob(
    default=1e-8,
    low=1e-16,
    high=1.0,
    least=0.0,
    symbol=r"\epsilon",
    scale="log",
    help="A small number that prevents a division by zero.",
)
BIAS_CORRECTION = Knob(
    default=True,
    low=False,
    high=True,
    symbol=r"\hat{}",
    scale="linear",
    help="Correct the averages for having started at zero.",
)
WEIGHT_DECAY = Knob(
    default=0.01,
    low=0.0,
    high=10.0,
    least=0.0,
    symbol=r"\alpha",
    scale="linear",
    help="The share of the weights, times the learning rate, that is removed in every step.",
)

# Of schedules.
FINAL = Knob(
    default=0.0,
    low=0.0,
    high=1.0,
    least=0.0,
    symbol="f",
    scale="linear",
    help="The share of the value that is left at the last step.",
)
TAIL = Knob(
    default=0.1,
    low=0.0,
    high=0.9,
    least=0.0,
    most=1.0,
    symbol=r"\chi",
    scale="linear",
    help="The share of the run that is the fine tail.",
)

# Of samplers.
BATCH_SIZE = Knob(
    default=1, low=1, high=2000, least=1, symbol="B", scale="log", help="How many examples each step uses."
)
