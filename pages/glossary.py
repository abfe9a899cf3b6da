"""The words of the course."""

from ui import reference

reference.glossary()
