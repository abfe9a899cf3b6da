"""Maps: one complete run in each cell, over any two settings of an entry or over its start."""

from landscape_lab.experiments.maps.axis import Axis
from landscape_lab.experiments.maps.metrics import METRICS, Metric
from landscape_lab.experiments.maps.tiles import TOLERANCE, Sweep, Sweeping, cell, run_tile, sweep

__all__ = ["METRICS", "TOLERANCE", "Axis", "Metric", "Sweep", "Sweeping", "cell", "run_tile", "sweep"]
