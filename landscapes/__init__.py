"""Loss surfaces over the plane. SymPy is needed only to make new ones."""

from collections.abc import Mapping
from types import MappingProxyType

from landscapes.catalog import LANDSCAPES
from landscapes.data_losses import DATA_LOSSES, DataLoss
from landscapes.landscape import Landscape

SURFACES: Mapping[str, Landscape] = MappingProxyType({**LANDSCAPES, **DATA_LOSSES})
"""Everything that a link may name as its surface: formulas, then losses over data."""

__all__ = [
    "DATA_LOSSES",
    "LANDSCAPES",
    "SURFACES",
    "DataLoss",
    "Landscape",
]
