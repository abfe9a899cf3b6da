"""Scenarios and what is made from them."""

from experiments.race import Race, race
from experiments.races import RACES, NamedRace
from experiments.scenario import Lane, Scenario
from experiments.sentence import ScenarioError, Sentence
from experiments.tables import Place, Result, places, results

__all__ = [
    "RACES",
    "Lane",
    "NamedRace",
    "Place",
    "Race",
    "Result",
    "Scenario",
    "ScenarioError",
    "Sentence",
    "places",
    "race",
    "results",
]
