"""Dense networks as objectives of P parameters, their landscapes and data sets.

A network is trained like everything else: `run(Network((2, 16, 16, 1)).on(Moons().train), Adam(), start, steps)`.
"""

from landscapes.networks.architecture import Network, NetworkError, Tensor
from landscapes.networks.datasets import NETWORK_DATASETS, Classes, Digits, Moons, Rings, Spirals, Xor, own_examples
from landscapes.networks.lanczos import largest_eigenpair, sharpness
from landscapes.networks.network_loss import NetworkLoss, running_moments
from landscapes.networks.planes import Plane, plane_of, plane_through, random_plane
from landscapes.networks.slices import Line, Slice, line_between, slice_of
from landscapes.networks.unit_dropout import UnitDropout

__all__ = [
    "NETWORK_DATASETS",
    "Classes",
    "Digits",
    "Line",
    "Moons",
    "Network",
    "NetworkError",
    "NetworkLoss",
    "Plane",
    "Rings",
    "Slice",
    "Spirals",
    "Tensor",
    "UnitDropout",
    "Xor",
    "largest_eigenpair",
    "line_between",
    "own_examples",
    "plane_of",
    "plane_through",
    "random_plane",
    "running_moments",
    "sharpness",
    "slice_of",
]
