"""One optimizer or wrapper per file. `OPTIMIZERS` maps the file's name to its class, oldest method first."""

import sys

from optim_core.optimizer import Optimizer
from optim_core.registry import walk

OPTIMIZERS = walk(sys.modules[__name__], Optimizer)
