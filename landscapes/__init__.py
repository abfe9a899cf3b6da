"""Loss surfaces over the plane. SymPy is needed only to make new ones.

`objective` and `landscape` make a surface of a function or of a SymPy expression; `landscape` hides the module of that
name, whose `Landscape` is here as well.
"""

from landscapes.callables import NumericObjective, objective
from landscapes.catalog import LANDSCAPES
from landscapes.csv_table import Roles, Table, read_csv, read_table
from landscapes.data_losses import DATA_LOSSES, DataLoss, loss_over
from landscapes.datasets import DataError, Note
from landscapes.formula import Formula, parse_formula
from landscapes.formula_text import FormulaError
from landscapes.landscape import Landscape
from landscapes.symbolic import landscape
from optim_core.registry import Registry

SURFACES: Registry[Landscape] = Registry({**LANDSCAPES, **DATA_LOSSES})
"""Everything that a link may name as its surface: formulas, losses over data, then what was registered."""


def register(surface: Landscape) -> Landscape:
    """Add a surface of your own to `SURFACES` under its key; returns it.

    In this process links, the app and its maps then know it by this key. Registering another surface under the same key
    replaces it. Raises TypeError for what is no surface, ValueError for a key that is built in or that a link cannot
    have.
    """
    if not isinstance(surface, Landscape):
        hint = ": give objective() a domain" if isinstance(surface, NumericObjective) else ""
        raise TypeError(f"only a surface can be registered, not {surface!r:.60}{hint}")
    SURFACES.add(surface.key, surface)
    return surface


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
    "register",
]
