"""Start page: a race, and the course as cards."""

from landscape_lab.ui.course import start

start.forward()
start.race()
start.cards()
