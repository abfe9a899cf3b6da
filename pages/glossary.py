"""Glossary page."""

from landscape_lab.ui.course import reference

reference.glossary()
