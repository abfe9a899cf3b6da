"""A traced step as machine code that takes many lanes through many steps, some of them side by side.

Their numbers stay in the processor's registers from step to step. The arithmetic is the optimizer's own, and so are its
last bits: LLVM may reorder nothing that rounds, and what IEEE 754 does not fix, sines and powers, is asked of the very
loops that NumPy itself goes through. The text that LLVM is given holds numbers and places of rows, no name.
"""

import ctypes
import struct
from collections.abc import Iterator
from functools import cache
from itertools import count
from threading import Lock
from typing import Any

import numpy as np

from optim_core.objective import Array
from optim_core.optimizer import numbers_of
from optim_core.tracing.lowering import StateVariable, arguments
from optim_core.tracing.traced_step import Block, TracedStep
from optim_core.tracing.tracer import Node, Untraceable

WIDE = 16
"""Lanes that go side by side."""

ONE_BY_ONE = Lock()
"""One thread at a time makes code."""

NUMBER, NUMBERS = "double", f"<{WIDE} x double>"
TRUTH, TRUTHS = "i1", f"<{WIDE} x i1>"
OF_ALL = {NUMBER: NUMBERS, TRUTH: TRUTHS}
TRUTH_OF = {NUMBER: TRUTH, NUMBERS: TRUTHS}
NUMBER_OF = {TRUTH: NUMBER, TRUTHS: NUMBERS}
SHORT = {NUMBER: "f64", NUMBERS: f"v{WIDE}f64"}

Value = tuple[str, str]
"""Of what kind it is, and what it is called."""

PLAIN = {"add": "fadd", "subtract": "fsub", "multiply": "fmul", "divide": "fdiv"}
COMPARED = {
    "greater": "ogt",
    "greater_equal": "oge",
    "less": "olt",
    "less_equal": "ole",
    "equal": "oeq",
    "not_equal": "une",
}
TRUTHS_OF = {"bitwise_and": "and", "bitwise_or": "or", "logical_and": "and", "logical_or": "or"}
OWN = {"negative", "square", "sqrt", "absolute", "isnan", "isfinite", "maximum", "minimum", "sign"}
"""Functions of NumPy's that are written out. All others are called."""

DECLARED = [
    f"declare {kind} @llvm.{name}.{SHORT[kind]}({kind})" for kind in (NUMBER, NUMBERS) for name in ("sqrt", "fabs")
]
HEAD = (
    "define void @advance(ptr noalias %rows, ptr noalias %after, ptr noalias %knobs, ptr noalias %factors, "
    "ptr noalias %data, ptr noalias %points, ptr noalias %spent, i64 %lanes, i64 %first, i64 %steps, i64 %all, "
    "i64 %each) {"
)


class _Ufunc(ctypes.Structure):
    """The beginning of `PyUFuncObject`, as NumPy's C API tells it."""

    _fields_ = (
        ("head", ctypes.c_char * object.__basicsize__),
        *((name, ctypes.c_int) for name in ("nin", "nout", "nargs", "identity")),
        ("functions", ctypes.POINTER(ctypes.c_void_p)),
        ("data", ctypes.POINTER(ctypes.c_void_p)),
        ("ntypes", ctypes.c_int),
    )


def loop_of(name: str) -> tuple[int, int, int]:
    """Where NumPy keeps its loop for a function of real numbers, and its data; and how many numbers it takes.

    Raises Untraceable for a function without such a loop.
    """
    ufunc = getattr(np, name, None)
    if not isinstance(ufunc, np.ufunc):
        raise Untraceable(f"NumPy has no function {name}")
    kind, known = f"{'d' * ufunc.nin}->d", _Ufunc.from_address(id(ufunc))
    if kind not in ufunc.types or (known.nin, known.nout, known.ntypes) != (ufunc.nin, 1, ufunc.ntypes):
        raise Untraceable(f"{name} has no loop of real numbers")
    at = ufunc.types.index(kind)
    return known.functions[at] or 0, known.data[at] or 0, ufunc.nin


class Program:
    """A compiled step.

    knobs     the full names of the hyperparameters that it takes, in order
    uneven    the parts of the whiteboard that differ between lanes
    """

    def __init__(
        self,
        outline: TracedStep,
        uneven_knobs: frozenset[str],
        scheduled: tuple[str, ...],
        uneven_data: bool = False,
    ) -> None:
        """`uneven_data` says whether the numbers of the objective's form differ between lanes.

        Raises Untraceable where lanes would part, or a loss does not tell how it is made.
        """
        writer = _Writer(outline, outline.blocks(), uneven_knobs, scheduled, uneven_data)
        self.text = writer.text()
        self.knobs, self.uneven, self.state = writer.knobs, frozenset(writer.uneven), outline.state
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
        """The point and the whiteboard, `rows` (slots, lanes), after some steps from t on.

        knobs    (hyperparameters, lanes)
        factors  (scheduled fields, all steps)
        data     (steps or 1, numbers, lanes or 1): the numbers of the objective's form at each step, or at all of them
        points   (2, steps, lanes) is filled with the points after each step, `spent` (steps) with its evaluations

        There is a multiple of `WIDE` lanes. What is the same for all of them is read from the first. Python's lock is
        free meanwhile.
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

    def at(self, letter: str) -> slice:
        """In which rows a letter of the outermost whiteboard is."""
        rows = [i for i, slot in enumerate(self.state) if slot.path == (letter,)]
        return slice(rows[0], rows[-1] + 1)


def padded(lanes: int) -> int:
    """The next multiple of `WIDE`."""
    return -(-lanes // WIDE) * WIDE


@cache
def _tools() -> tuple[Any, Any, Iterator[int]]:
    """LLVM's description of this machine, its linker, and numbers for what it links."""
    from llvmlite import binding  # here, since the first picture does without

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    machine = binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(), features=binding.get_host_cpu_features().flatten(), opt=2, jit=True
    )
    return machine, binding.create_lljit_compiler(), count()


def _compiled(text: str) -> tuple[Any, int]:
    """The code's owner, who must be kept, and the address of the function "advance"."""
    from llvmlite import binding

    with ONE_BY_ONE:
        machine, linker, numbers = _tools()
        module = binding.parse_assembly(text)
        module.verify()
        passes = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=1))
        passes.getModulePassManager().run(module, passes)
        image = binding.JITLibraryBuilder().add_object_img(machine.emit_object(module)).export_symbol("advance")
        library = image.link(linker, f"step {next(numbers)}")
        return library, library["advance"]


class _Writer:
    """Writes the step as LLVM's text: for some lanes after others, for one step after another."""

    def __init__(
        self,
        outline: TracedStep,
        whole: Block,
        uneven_knobs: frozenset[str],
        scheduled: tuple[str, ...],
        uneven_data: bool,
    ) -> None:
        self.outline, self.uneven_knobs, self.scheduled = outline, uneven_knobs, scheduled
        self.uneven_data = uneven_data
        self.whole, self.knobs = whole, tuple(numbers_of(outline.optimizer))
        self.uneven = self._uneven_slots()
        self.lines: list[str] = []
        self.names = 0

    def text(self) -> str:
        """The function, whose arguments are those of `Program.advance`."""
        slots = [self._kind(slot in self.uneven) for slot in self.outline.state]
        self._begin("entry")
        self._line("%recorded = icmp ne ptr %points, null")
        for i, kind in enumerate(slots):
            self._line(f"%s{i} = alloca {kind}")
        for i in range(3):
            self._line(f"%argument{i} = alloca {NUMBERS}, align 64")
        self._line("%arguments = alloca [3 x ptr]")
        self._line("%many = alloca i64")
        self._line("%strides = alloca [3 x i64]")
        for i in range(3):
            self._store("ptr", f"%argument{i}", self._at("ptr", "%arguments", str(i)))
        self._line("br label %group")

        self._begin("group")
        self._line("%g = phi i64 [0, %entry], [%next_group, %group_end]")
        self.fields = {
            path: self._load(self._kind(path in self.uneven_knobs), "%knobs", i) for i, path in enumerate(self.knobs)
        }
        for i, kind in enumerate(slots):
            self._store(*self._load(kind, "%rows", i), f"%s{i}")
        self._line("br label %step")

        self._begin("step")
        self._line("%row = phi i64 [0, %group], [%next_row, %go]")
        self._line("%t = add i64 %first, %row")
        self.old = {
            slot: (kind, self._new(f"load {kind}, ptr %s{i}"))
            for i, (slot, kind) in enumerate(zip(self.outline.state, slots, strict=True))
        }
        size = self.outline.form.size if self.outline.form else 0
        self.data = [self._datum(i) for i in range(size)]
        for i, path in enumerate(self.scheduled):
            row = self._new(f"mul i64 {i}, %all")
            at = self._at(NUMBER, "%factors", self._new(f"add i64 {row}, %t"))
            factor = NUMBER, self._new(f"load double, ptr {at}")
            self.fields[path] = self._result("multiply", [self.fields[path], factor])
        self._part(self.whole, {})

        self._begin("step_end")
        self._record(slots)
        self._line("%next_row = add i64 %row, 1")
        self._line("%more_steps = icmp slt i64 %next_row, %steps")
        self._line("br i1 %more_steps, label %step, label %group_end")

        self._begin("group_end")
        for i, kind in enumerate(slots):
            after = self._as(NUMBERS, (kind, self._new(f"load {kind}, ptr %s{i}")))
            self._store(NUMBERS, after, self._address("%after", NUMBERS, str(i)))
        self._line(f"%next_group = add i64 %g, {WIDE}")
        self._line("%more_groups = icmp slt i64 %next_group, %lanes")
        self._line("br i1 %more_groups, label %group, label %end")
        self._begin("end")
        self._line("ret void")
        return "\n".join([*DECLARED, HEAD, *self.lines, "}"])

    def _part(self, part: Block, values: dict[int, Value]) -> None:
        """The operations of a part of the step, and of all that comes after it."""
        values = dict(values)

        def value(place: int) -> Value:
            match part.nodes[place]:
                case ("number", number):
                    return self._number(number)
                case ("state", slot):
                    return self.old[slot]
                case ("knob", path):
                    return self.fields[path]
                case ("data", i):
                    return self.data[i]
            return values[place]

        for place in part.computed:
            name, of = part.nodes[place][0], arguments(part.nodes[place])
            match part.nodes[place]:
                case ("objective" | "component" | "trial" | "search", *_):
                    raise Untraceable("lanes part at a search, or ask a loss that does not tell")
            values[place] = self._result(name, [value(argument) for argument in of])
        if part.condition is None:
            for i, (slot, place) in enumerate(zip(self.outline.state, part.path.after, strict=True)):
                kind = self._kind(slot in self.uneven)
                self._store(kind, self._as(kind, value(place)), f"%s{i}")
            _, evaluations = self._number(part.path.graph.evaluations)
            self._store(NUMBER, evaluations, self._at(NUMBER, "%spent", "%row"))
            self._line("br label %step_end")
            return
        kind, choice = self._true(value(part.condition))
        if kind != TRUTH:
            raise Untraceable("lanes part at a choice")
        self.names += 1
        yes, no = f"yes{self.names}", f"no{self.names}"
        self._line(f"br i1 {choice}, label %{yes}, label %{no}")
        for label, way in zip((yes, no), part.branches, strict=True):
            self._begin(label)
            self._part(way, values)

    def _result(self, name: str, of: list[Value]) -> Value:
        """What a function of NumPy's makes of some values."""
        if name in TRUTHS_OF:
            of = [self._true(each) for each in of]
            kind = TRUTHS if TRUTHS in (kind for kind, _ in of) else TRUTH
            a, b = (self._as(kind, each) for each in of)
            return kind, self._new(f"{TRUTHS_OF[name]} {kind} {a}, {b}")
        if name == "where":
            which, *rest = of
            kind = NUMBERS if any(kind in OF_ALL.values() for kind, _ in of) else NUMBER
            yes, no = (self._as(kind, each) for each in rest)
            return self._chosen(self._true(which), kind, yes, no)
        kind = NUMBERS if NUMBERS in (kind for kind, _ in of) else NUMBER
        names = [self._as(kind, each) for each in of]
        if name in COMPARED:
            return self._compared(COMPARED[name], kind, *names)
        if name in PLAIN:
            return kind, self._new(f"{PLAIN[name]} {kind} {', '.join(names)}")
        if name in OWN:
            return getattr(self, f"_{name}")(kind, *names)
        return kind, self._called(name, kind, names)

    def _compared(self, how: str, kind: str, a: str, b: str) -> Value:
        return TRUTH_OF[kind], self._new(f"fcmp {how} {kind} {a}, {b}")

    def _constant(self, kind: str, number: float) -> str:
        return self._as(kind, self._number(number))

    def _number(self, number: float) -> Value:
        return NUMBER, "0x" + struct.pack(">d", number).hex()

    def _chosen(self, which: Value, kind: str, yes: str, no: str) -> Value:
        return kind, self._new(f"select {which[0]} {which[1]}, {kind} {yes}, {kind} {no}")

    def _negative(self, kind: str, a: str) -> Value:
        return kind, self._new(f"fneg {kind} {a}")

    def _square(self, kind: str, a: str) -> Value:
        return kind, self._new(f"fmul {kind} {a}, {a}")

    def _sqrt(self, kind: str, a: str) -> Value:
        return kind, self._new(f"call {kind} @llvm.sqrt.{SHORT[kind]}({kind} {a})")

    def _absolute(self, kind: str, a: str) -> Value:
        return kind, self._new(f"call {kind} @llvm.fabs.{SHORT[kind]}({kind} {a})")

    def _isnan(self, kind: str, a: str) -> Value:
        return self._compared("uno", kind, a, a)

    def _isfinite(self, kind: str, a: str) -> Value:
        return self._compared("one", kind, self._absolute(kind, a)[1], self._constant(kind, np.inf))

    def _maximum(self, kind: str, a: str, b: str) -> Value:
        return self._extreme("ogt", kind, a, b)

    def _minimum(self, kind: str, a: str, b: str) -> Value:
        return self._extreme("olt", kind, a, b)

    def _extreme(self, how: str, kind: str, a: str, b: str) -> Value:
        """Not a number if either is none."""
        truth, beyond = self._compared(how, kind, a, b)
        either = self._new(f"or {truth} {beyond}, {self._isnan(kind, a)[1]}")
        return self._chosen((truth, either), kind, a, b)

    def _sign(self, kind: str, a: str) -> Value:
        zero, one, minus = (self._constant(kind, number) for number in (0.0, 1.0, -1.0))
        _, rest = self._chosen(self._compared("oeq", kind, a, zero), kind, zero, a)
        _, rest = self._chosen(self._compared("olt", kind, a, zero), kind, minus, rest)
        return self._chosen(self._compared("ogt", kind, a, zero), kind, one, rest)

    def _called(self, name: str, kind: str, names: list[str]) -> str:
        """The result of a loop of NumPy's."""
        loop, data, inputs = loop_of(name)
        if inputs != len(names):
            raise Untraceable(f"{name} of {len(names)} numbers")
        for i, each in enumerate(names):
            self._store(kind, each, f"%argument{i}")
        self._store("ptr", f"%argument{inputs}", self._at("ptr", "%arguments", str(inputs)))
        self._store("i64", str(WIDE if kind == NUMBERS else 1), "%many")
        for i in range(3):
            self._store("i64", "8", self._at("i64", "%strides", str(i)))
        self._line(
            f"call void inttoptr (i64 {loop} to ptr)"
            f"(ptr %arguments, ptr %many, ptr %strides, ptr inttoptr (i64 {data} to ptr))"
        )
        return self._new(f"load {kind}, ptr %argument{inputs}")

    def _record(self, slots: list[str]) -> None:
        """Write down the point, if that is wanted."""
        self._line("br i1 %recorded, label %record, label %go")
        self._begin("record")
        for i in range(2):
            row = self._new(f"add i64 {self._new(f'mul i64 {i}, %steps')}, %row")
            place = self._new(f"add i64 {self._new(f'mul i64 {row}, %lanes')}, %g")
            point = slots[i], self._new(f"load {slots[i]}, ptr %s{i}")
            self._store(NUMBERS, self._as(NUMBERS, point), self._at(NUMBER, "%points", place))
        self._line("br label %go")
        self._begin("go")

    def _datum(self, i: int) -> Value:
        """The i-th number of the objective's form at this step."""
        kind, begin = self._kind(self.uneven_data), self._new("mul i64 %each, %row")
        inside = self._new(f"add i64 {self._new(f'mul i64 {i}, %lanes')}, %g") if self.uneven_data else str(i)
        place = self._new(f"add i64 {begin}, {inside}")
        return kind, self._new(f"load {kind}, ptr {self._at(NUMBER, '%data', place)}, align 8")

    def _kind(self, uneven: bool) -> str:
        return NUMBERS if uneven else NUMBER

    def _true(self, value: Value) -> Value:
        """As yes or no."""
        kind, name = value
        return value if kind in (TRUTH, TRUTHS) else self._compared("une", kind, name, self._constant(kind, 0.0))

    def _as(self, kind: str, value: Value) -> str:
        """What a value is called as one of another kind."""
        have, name = value
        if have in (TRUTH, TRUTHS) and kind in (NUMBER, NUMBERS):
            have, name = NUMBER_OF[have], self._new(f"uitofp {have} {name} to {NUMBER_OF[have]}")
        if have == kind:
            return name
        if OF_ALL.get(have) != kind:
            raise Untraceable(f"{have} is no {kind}")
        first = self._new(f"insertelement {kind} poison, {have} {name}, i64 0")
        return self._new(f"shufflevector {kind} {first}, {kind} poison, <{WIDE} x i32> zeroinitializer")

    def _address(self, of: str, kind: str, row: str) -> str:
        """Of a row's numbers: those of these lanes, or the first, which stands for all."""
        place = self._new(f"mul i64 {row}, %lanes")
        return self._at(NUMBER, of, self._new(f"add i64 {place}, %g") if kind == NUMBERS else place)

    def _load(self, kind: str, of: str, row: int) -> Value:
        return kind, self._new(f"load {kind}, ptr {self._address(of, kind, str(row))}, align 8")

    def _store(self, kind: str, name: str, address: str) -> None:
        self._line(f"store {kind} {name}, ptr {address}, align 8")

    def _at(self, kind: str, of: str, place: str) -> str:
        return self._new(f"getelementptr {kind}, ptr {of}, i64 {place}")

    def _begin(self, label: str) -> None:
        self.lines.append(f"{label}:")

    def _line(self, text: str) -> None:
        self.lines.append(f"  {text}")

    def _new(self, text: str) -> str:
        """The name of an operation's result."""
        self.names += 1
        self._line(f"%v{self.names} = {text}")
        return f"%v{self.names}"

    def _uneven_slots(self) -> set[StateVariable]:
        """The parts of the whiteboard that differ between lanes: arrays, and what becomes one on the way."""
        uneven, before = set(self.outline.batched), -1
        while before != (before := len(uneven)):
            for end in self.whole.exits():
                differs = self._differing(end.nodes, uneven)
                uneven |= {
                    slot for slot, place in zip(self.outline.state, end.path.after, strict=True) if place in differs
                }
        return uneven

    def _differing(self, nodes: list[Node], uneven: set[StateVariable]) -> set[int]:
        """The places of what differs between lanes."""
        differing = set[int]()
        for place, node in enumerate(nodes):
            match node:
                case ("state", slot):
                    differs = slot in uneven
                case ("knob", path):
                    differs = path in self.uneven_knobs
                case ("data", _):
                    differs = self.uneven_data
                case _:
                    differs = not differing.isdisjoint(arguments(node))
            if differs:
                differing.add(place)
        return differing
