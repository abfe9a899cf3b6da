"""The words of the course."""

from landscape_lab.ui import reference

reference.glossary()
