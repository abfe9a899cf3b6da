"""Loss surfaces over the plane. SymPy is needed only to make new ones.

`objective` and `landscape` make a surface of a function or of a SymPy expression; `landscape` hides the module of that
name, whose `Landscape` is here as well.
"""

from collections.abc import Mapping
from types import MappingProxyType

from landscapes.callables import objective
from landscapes.catalog import LANDSCAPES
from landscapes.csv_table import Roles, Table, read_csv, read_table
from landscapes.data_losses import DATA_LOSSES, DataLoss, loss_over
from landscapes.datasets import DataError, Note
from landscapes.formula import Formula, parse_formula
from landscapes.formula_text import FormulaError
from landscapes.landscape import Landscape
from landscapes.symbolic import landscape

SURFACES: Mapping[str, Landscape] = MappingProxyType({**LANDSCAPES, **DATA_LOSSES})
"""Everything that a link may name as its surface: formulas, then losses over data."""

__all__ = [
    "DATA_LOSSES",
    "LANDSCAPES",
    "SURFACES",
    "DataError",
    "DataLoss",
    "Formula",
    "FormulaError",
    "Landscape",
    "Note",
    "Roles",
    "Table",
    "landscape",
    "loss_over",
    "objective",
    "parse_formula",
    "read_csv",
    "read_table",
]
