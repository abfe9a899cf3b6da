"""Recordings: paths in the space of many parameters, drawn on a plane, whether trained here or read from a file."""

from landscape_lab.experiments.recordings.files import read_recording, write_recording
from landscape_lab.experiments.recordings.recording import Recording

__all__ = ["Recording", "read_recording", "write_recording"]
