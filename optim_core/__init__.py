"""Optimizers as small frozen dataclasses, and the one loop that runs them. NumPy only.

Every class of the registries is exported here by its name, in lines that `make registries` writes.
"""

from optim_core.knob import Knob, knob, knobs
from optim_core.objective import FiniteSum, Objective
from optim_core.optimizer import Optimizer, State, Wrapper
from optim_core.optimizers import OPTIMIZERS
from optim_core.optimizers.adadelta import Adadelta
from optim_core.optimizers.adagrad import Adagrad
from optim_core.optimizers.adam import Adam
from optim_core.optimizers.adamax import Adamax
from optim_core.optimizers.adamw import AdamW
from optim_core.optimizers.amsgrad import AMSGrad
from optim_core.optimizers.clipping import Clipping
from optim_core.optimizers.conjugate_gradient import ConjugateGradient
from optim_core.optimizers.decoupled_decay import DecoupledDecay
from optim_core.optimizers.delayed import Delayed
from optim_core.optimizers.gradient_descent import GradientDescent
from optim_core.optimizers.l2_penalty import L2Penalty
from optim_core.optimizers.line_search import LineSearch
from optim_core.optimizers.lion import Lion
from optim_core.optimizers.lookahead import Lookahead
from optim_core.optimizers.momentum import Momentum
from optim_core.optimizers.nadam import Nadam
from optim_core.optimizers.nesterov import Nesterov
from optim_core.optimizers.newton import Newton
from optim_core.optimizers.qhadam import QHAdam
from optim_core.optimizers.qhm import QHM
from optim_core.optimizers.radam import RAdam
from optim_core.optimizers.rmsprop import RMSprop
from optim_core.optimizers.rprop import Rprop
from optim_core.optimizers.sharpness_aware import SharpnessAware
from optim_core.outcome import Outcome
from optim_core.registries import register
from optim_core.registry import key_of
from optim_core.run import Trajectory, run
from optim_core.sampler import Sampler
from optim_core.samplers import SAMPLERS
from optim_core.samplers.curriculum import Curriculum
from optim_core.samplers.dropout import Dropout
from optim_core.samplers.exact import Exact
from optim_core.samplers.gradient_noise import GradientNoise
from optim_core.samplers.in_order import InOrder
from optim_core.samplers.minibatch import Minibatch
from optim_core.schedule import Schedule
from optim_core.schedules import SCHEDULES
from optim_core.schedules.constant import Constant
from optim_core.schedules.cosine import Cosine
from optim_core.schedules.exponential import Exponential
from optim_core.schedules.inverse_sqrt import InverseSqrt
from optim_core.schedules.inverse_time import InverseTime
from optim_core.schedules.one_cycle import OneCycle
from optim_core.schedules.one_cycle_momentum import OneCycleMomentum
from optim_core.schedules.polynomial import Polynomial
from optim_core.schedules.step_decay import StepDecay
from optim_core.schedules.warmup import Warmup
from optim_core.stopping import Patience, StoppingRule, Tolerance

__all__ = [
    "OPTIMIZERS",
    "QHM",
    "SAMPLERS",
    "SCHEDULES",
    "AMSGrad",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Clipping",
    "ConjugateGradient",
    "Constant",
    "Cosine",
    "Curriculum",
    "DecoupledDecay",
    "Delayed",
    "Dropout",
    "Exact",
    "Exponential",
    "FiniteSum",
    "GradientDescent",
    "GradientNoise",
    "InOrder",
    "InverseSqrt",
    "InverseTime",
    "Knob",
    "L2Penalty",
    "LineSearch",
    "Lion",
    "Lookahead",
    "Minibatch",
    "Momentum",
    "Nadam",
    "Nesterov",
    "Newton",
    "Objective",
    "OneCycle",
    "OneCycleMomentum",
    "Optimizer",
    "Outcome",
    "Patience",
    "Polynomial",
    "QHAdam",
    "RAdam",
    "RMSprop",
    "Rprop",
    "Sampler",
    "Schedule",
    "SharpnessAware",
    "State",
    "StepDecay",
    "StoppingRule",
    "Tolerance",
    "Trajectory",
    "Warmup",
    "Wrapper",
    "key_of",
    "knob",
    "knobs",
    "register",
    "run",
]
