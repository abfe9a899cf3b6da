"""Fair comparisons of optimizers: equal numbers of gradient evaluations, one rule of tuning, many seeds and starts.

Every result states which settings were tried, over which range, and by which criterion one was chosen.
"""

from landscape_lab.experiments.fairness.comparison import (
    SOURCES,
    Comparison,
    by_cost,
    default_comparison,
    entry_runs,
    equal_race,
    final_losses,
    within,
)
from landscape_lab.experiments.fairness.repetitions import Bands, Profile, bands, profile, rounds
from landscape_lab.experiments.fairness.summary import (
    NARROW,
    TIE,
    is_narrow,
    leaders,
    profile_notes,
    robust_leaders,
    single_rate_winners,
    tuning_notes,
    verdict,
)
from landscape_lab.experiments.fairness.tuning import (
    NEARBY,
    NEIGHBOURS,
    RATE,
    RATES,
    SECONDS,
    SHARES,
    TUNING_SEEDS,
    Tuning,
    compared_entries,
    tune,
    tuned_entries,
    tunings,
)

__all__ = [
    "NARROW",
    "NEARBY",
    "NEIGHBOURS",
    "RATE",
    "RATES",
    "SECONDS",
    "SHARES",
    "SOURCES",
    "TIE",
    "TUNING_SEEDS",
    "Bands",
    "Comparison",
    "Profile",
    "Tuning",
    "bands",
    "by_cost",
    "compared_entries",
    "default_comparison",
    "entry_runs",
    "equal_race",
    "final_losses",
    "is_narrow",
    "leaders",
    "profile",
    "profile_notes",
    "robust_leaders",
    "rounds",
    "single_rate_winners",
    "tune",
    "tuned_entries",
    "tuning_notes",
    "tunings",
    "verdict",
    "within",
]
