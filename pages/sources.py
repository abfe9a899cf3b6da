"""Where everything comes from."""

from ui import reference

reference.sources()
