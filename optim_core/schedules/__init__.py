"""One schedule per file. `SCHEDULES` maps the file's name to its class."""

import sys

from optim_core.registry import walk
from optim_core.schedule import Schedule

SCHEDULES = walk(sys.modules[__name__], Schedule)
