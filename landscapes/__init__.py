"""Loss surfaces over the plane. SymPy is imported only to make new ones.

`objective` makes a surface of a Python function, `landscape` makes one of a SymPy expression. The function `landscape`
hides the module of that name; its class `Landscape` is exported here as well.
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
"""Every surface that a link can name: built-in surfaces, losses over data, then registered ones."""


def register(surface: Landscape) -> Landscape:
    """Add a surface to `SURFACES` under its key and return it.

    Links, the app and its maps can then use it by this key, in this process. Registering another surface under the
    same key replaces it. Raises TypeError if `surface` is not a `Landscape`, ValueError for a key that is built in or
    that a link cannot contain.
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
