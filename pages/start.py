"""The first page: a race at once, and the course as cards."""

from landscape_lab.ui.course import start

start.forward()
start.race()
start.cards()
