"""Scenarios and everything computed from them: races, tables, comparisons, maps and lessons."""

from landscape_lab.experiments.race import Race, race
from landscape_lab.experiments.races import RACES, NamedRace
from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscape_lab.experiments.scenarios.sentence import ScenarioError, Sentence
from landscape_lab.experiments.tables import Place, Result, places, ranking, results

__all__ = [
    "RACES",
    "Entry",
    "NamedRace",
    "Place",
    "Race",
    "Result",
    "Scenario",
    "ScenarioError",
    "Sentence",
    "places",
    "race",
    "ranking",
    "results",
]
