"""Where everything comes from."""

from landscape_lab.ui.course import reference

reference.sources()
