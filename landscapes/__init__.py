"""Loss surfaces over the plane. SymPy is needed only to make new ones."""

from landscapes.catalog import LANDSCAPES
from landscapes.landscape import Landscape

__all__ = ["LANDSCAPES", "Landscape"]
