"""A traced step as machine code, compiled by LLVM, for many runs of which some go side by side.

The numbers of a run stay in the processor's registers from step to step. The last bits are those of NumPy.
"""

import ctypes
from collections.abc import Iterator
from functools import cache
from itertools import count
from threading import Lock
from typing import Any

import numpy as np

from optim_core.backends.llvm_text import WIDE, Writer
from optim_core.objective import Array
from optim_core.tracing.traced_step import TracedStep

COMPILING = Lock()
"""Held while code is compiled: LLVM compiles for one thread at a time."""


class Program:
    """A compiled step.

    knobs   the full names of the hyperparameters, in the order of the rows of `advance`
    uneven  the numbers of the state that differ between runs
    """

    def __init__(
        self,
        step: TracedStep,
        uneven_knobs: frozenset[str],
        scheduled: tuple[str, ...],
        uneven_data: bool = False,
    ) -> None:
        """`uneven_data`: whether the numbers of the objective's form differ between runs.

        Raises Untraceable for a step whose path differs between runs, and for an objective without a form.
        """
        writer = Writer(step, step.blocks(), uneven_knobs, scheduled, uneven_data)
        self.text = writer.text()
        self.knobs, self.uneven, self.state = writer.knobs, frozenset(writer.uneven), step.state
        self._library, address = _compiled(self.text)
        pointer, whole = ctypes.c_void_p, ctypes.c_int64
        self._advance = ctypes.CFUNCTYPE(None, *[pointer] * 7, *[whole] * 5)(address)

    def advance(
        self,
        rows: Array,
        knobs: Array,
        factors: Array,
        data: Array,
        t: int,
        steps: int,
        points: Array | None = None,
        spent: Array | None = None,
    ) -> Array:
        """The point and the state, `rows` (numbers, runs), after some steps from t on.

        knobs    (hyperparameters, runs)
        factors  (scheduled fields, all steps)
        data     (steps or 1, numbers, runs or 1): the numbers of the objective's form at each step, or at all of them
        points   (2, steps, runs) is filled with the points after each step, `spent` (steps) with its evaluations

        The number of runs is a multiple of `WIDE`. What is the same for all of them is read from the first. Python's
        lock is released meanwhile.
        """
        if not rows.size or not steps:
            return rows.copy()
        after = np.empty_like(rows)
        spent = np.empty(steps) if spent is None else spent
        given = (rows, after, knobs, factors, data, points, spent)
        assert all(each is None or (each.flags.c_contiguous and each.dtype == float) for each in given)
        addresses = [None if each is None else each.ctypes.data for each in given]
        each = 0 if len(data) == 1 else data[0].size
        self._advance(*addresses, rows.shape[1], t, steps, factors.shape[1], each)
        return after

    def at(self, name: str) -> slice:
        """The rows of a variable of the outermost state."""
        rows = [i for i, variable in enumerate(self.state) if variable.path == (name,)]
        return slice(rows[0], rows[-1] + 1)


@cache
def _tools() -> tuple[Any, Any, Iterator[int]]:
    """LLVM's description of this machine, its linker, and numbers for the libraries that it links."""
    from llvmlite import binding  # imported here, since the first picture does not need it

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    machine = binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(), features=binding.get_host_cpu_features().flatten(), opt=2, jit=True
    )
    return machine, binding.create_lljit_compiler(), count()


def _compiled(text: str) -> tuple[Any, int]:
    """The owner of the code, which must be kept alive, and the address of the function "advance"."""
    from llvmlite import binding

    with COMPILING:
        machine, linker, numbers = _tools()
        module = binding.parse_assembly(text)
        module.verify()
        passes = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=1))
        passes.getModulePassManager().run(module, passes)
        image = binding.JITLibraryBuilder().add_object_img(machine.emit_object(module)).export_symbol("advance")
        library = image.link(linker, f"step {next(numbers)}")
        return library, library["advance"]


def padded(runs: int) -> int:
    """The next multiple of `WIDE`."""
    return -(-runs // WIDE) * WIDE
