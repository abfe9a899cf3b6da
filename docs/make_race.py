"""Draws the README's picture: the default race, as the app shows it. Run `python -m docs.make_race`."""

from pathlib import Path

from landscape_lab.experiments import RACES, race
from landscape_lab.figures.animation import animation_frames, slow_start, write_animation

if __name__ == "__main__":
    result = race(RACES["classics"].scenario)
    labels = [entry.label for entry in result.scenario.entries]
    moments = slow_start(result.scenario.steps, 70)
    frames = animation_frames(result.landscape, result.trajectories, labels, moments, size=(760, 640))
    write_animation(frames, Path(__file__).with_name("race.gif"))
