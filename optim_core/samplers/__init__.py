"""One sampler per file. `SAMPLERS` maps the file's name to its class."""

import sys

from optim_core.registry import walk
from optim_core.sampler import Sampler

SAMPLERS = walk(sys.modules[__name__], Sampler)
