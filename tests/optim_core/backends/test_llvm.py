"""Compiled code calls NumPy's own loops and refuses functions without one."""

import ctypes

import numpy as np
import pytest

from optim_core.backends.llvm import padded
from optim_core.backends.llvm_text import WIDE, loop_of
from optim_core.tracing.tracer import Untraceable

NUMBERS = np.random.default_rng(0).uniform(0.1, 3, (2, WIDE))
LOOP = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


@pytest.mark.parametrize("name", ["sin", "cos", "exp", "log", "tanh", "arctan", "power", "remainder", "hypot"])
def test_loop_computes_its_function(name: str) -> None:
    address, data, inputs = loop_of(name)
    out = np.empty(WIDE)
    rows = [*NUMBERS[:inputs], out]
    arguments = (ctypes.c_void_p * len(rows))(*(row.ctypes.data for row in rows))
    strides = (ctypes.c_int64 * len(rows))(*[8] * len(rows))
    LOOP(address)(arguments, ctypes.byref(ctypes.c_int64(WIDE)), strides, data)
    np.testing.assert_array_equal(out, getattr(np, name)(*NUMBERS[:inputs]))


@pytest.mark.parametrize("name", ["isnan", "bitwise_and", "where", "nothing", "modf"])
def test_function_without_such_a_loop_is_refused(name: str) -> None:
    with pytest.raises(Untraceable):
        loop_of(name)


def test_rows_are_padded_to_the_vector_width() -> None:
    assert [padded(runs) for runs in (0, 1, WIDE, WIDE + 1)] == [0, WIDE, WIDE, 2 * WIDE]
