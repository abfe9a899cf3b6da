"""Sources page."""

from landscape_lab.ui.course import reference

reference.sources()
