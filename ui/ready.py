"""Once per process, when it is imported: what the first visitor's page needs, made before anybody has come."""

import ui.process  # noqa: F401
from ui import start

start.first_picture()
