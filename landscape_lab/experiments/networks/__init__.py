"""Training of dense networks: the scenario, the trained runs, and their recordings on a plane."""

from landscape_lab.experiments.networks.plan import NetworkPlan, default_plan
from landscape_lab.experiments.networks.recorded import PLANES, record
from landscape_lab.experiments.networks.scenario import NetworkScenario, default_network_entries
from landscape_lab.experiments.networks.training import Training, train

__all__ = [
    "PLANES",
    "NetworkPlan",
    "NetworkScenario",
    "Training",
    "default_network_entries",
    "default_plan",
    "record",
    "train",
]
