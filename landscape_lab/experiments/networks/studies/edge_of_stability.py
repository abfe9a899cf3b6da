"""The trainings that lesson 19 shows, and those of its question and its goals."""

from landscape_lab.experiments.course.lessons.edge_of_stability import EdgeOfStability
from landscape_lab.experiments.networks.stored_recordings import recordings

EXPERIMENT = recordings(EdgeOfStability.scenarios())
