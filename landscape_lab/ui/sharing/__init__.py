"""Sharing and export of what is on screen."""
