"""The words of the course."""

from landscape_lab.ui.course import reference

reference.glossary()
