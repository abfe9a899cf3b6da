"""Where everything comes from."""

from landscape_lab.ui import reference

reference.sources()
