"""A traced step as LLVM assembly, which executes some steps for some runs after others.

The text holds numbers and places of rows, no names. LLVM may not reorder an operation that rounds; functions that IEEE
754 does not define, such as sines and powers, call the same loops that NumPy calls.
"""

import ctypes
import struct

import numpy as np

from optim_core.optimizer import numbers_of
from optim_core.tracing.lowering import StateVariable, arguments
from optim_core.tracing.traced_step import Block, TracedStep
from optim_core.tracing.tracer import Node, Untraceable

WIDE = 16
"""Runs that are computed side by side."""

NUMBER, NUMBERS = "double", f"<{WIDE} x double>"
TRUTH, TRUTHS = "i1", f"<{WIDE} x i1>"
OF_ALL = {NUMBER: NUMBERS, TRUTH: TRUTHS}
TRUTH_OF = {NUMBER: TRUTH, NUMBERS: TRUTHS}
NUMBER_OF = {TRUTH: NUMBER, TRUTHS: NUMBERS}
SHORT = {NUMBER: "f64", NUMBERS: f"v{WIDE}f64"}

Value = tuple[str, str]
"""An LLVM type and a name."""

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
"""NumPy functions that are expanded. All others are called."""

DECLARED = [
    f"declare {kind} @llvm.{name}.{SHORT[kind]}({kind})" for kind in (NUMBER, NUMBERS) for name in ("sqrt", "fabs")
]
HEAD = (
    "define void @advance(ptr noalias %rows, ptr noalias %after, ptr noalias %knobs, ptr noalias %factors, "
    "ptr noalias %data, ptr noalias %points, ptr noalias %spent, i64 %runs, i64 %first, i64 %steps, i64 %all, "
    "i64 %each) {"
)


class _Ufunc(ctypes.Structure):
    """The first fields of `PyUFuncObject`, as in NumPy's C API."""

    _fields_ = (
        ("head", ctypes.c_char * object.__basicsize__),
        *((name, ctypes.c_int) for name in ("nin", "nout", "nargs", "identity")),
        ("functions", ctypes.POINTER(ctypes.c_void_p)),
        ("data", ctypes.POINTER(ctypes.c_void_p)),
        ("ntypes", ctypes.c_int),
    )


def loop_of(name: str) -> tuple[int, int, int]:
    """The addresses of NumPy's loop for a function of real numbers and of its data, and its number of arguments.

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


class Writer:
    """Writes a step: a loop over groups of runs, and in it a loop over steps."""

    def __init__(
        self,
        step: TracedStep,
        whole: Block,
        uneven_knobs: frozenset[str],
        scheduled: tuple[str, ...],
        uneven_data: bool,
    ) -> None:
        self.step, self.uneven_knobs, self.scheduled = step, uneven_knobs, scheduled
        self.uneven_data = uneven_data
        self.whole, self.knobs = whole, tuple(numbers_of(step.optimizer))
        self.uneven = self._uneven_slots()
        self.lines: list[str] = []
        self.names = 0

    def text(self) -> str:
        """The function, whose arguments are those of `Program.advance`."""
        slots = [self._kind(slot in self.uneven) for slot in self.step.state]
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
            for i, (slot, kind) in enumerate(zip(self.step.state, slots, strict=True))
        }
        size = self.step.form.size if self.step.form else 0
        self.data = [self._datum(i) for i in range(size)]
        for i, path in enumerate(self.scheduled):
            row = self._new(f"mul i64 {i}, %all")
            at = self._at(NUMBER, "%factors", self._new(f"add i64 {row}, %t"))
            factor = NUMBER, self._new(f"load double, ptr {at}")
            self.fields[path] = self._result("multiply", [self.fields[path], factor])
        self._block(self.whole, {})

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
        self._line("%more_groups = icmp slt i64 %next_group, %runs")
        self._line("br i1 %more_groups, label %group, label %end")
        self._begin("end")
        self._line("ret void")
        return "\n".join([*DECLARED, HEAD, *self.lines, "}"])

    def _block(self, block: Block, values: dict[int, Value]) -> None:
        """The operations of a block, and of all blocks after it."""
        values = dict(values)

        def value(place: int) -> Value:
            match block.nodes[place]:
                case ("number", number):
                    return self._number(number)
                case ("state", slot):
                    return self.old[slot]
                case ("knob", path):
                    return self.fields[path]
                case ("data", i):
                    return self.data[i]
            return values[place]

        for place in block.computed:
            name, of = block.nodes[place][0], arguments(block.nodes[place])
            match block.nodes[place]:
                case ("objective" | "component" | "trial" | "search", *_):
                    raise Untraceable("a search, or an objective that is not traced")
            values[place] = self._result(name, [value(argument) for argument in of])
        if block.condition is None:
            for i, (slot, place) in enumerate(zip(self.step.state, block.path.after, strict=True)):
                kind = self._kind(slot in self.uneven)
                self._store(kind, self._as(kind, value(place)), f"%s{i}")
            _, evaluations = self._number(block.path.graph.evaluations)
            self._store(NUMBER, evaluations, self._at(NUMBER, "%spent", "%row"))
            self._line("br label %step_end")
            return
        kind, choice = self._true(value(block.condition))
        if kind != TRUTH:
            raise Untraceable("the path differs between runs")
        self.names += 1
        yes, no = f"yes{self.names}", f"no{self.names}"
        self._line(f"br i1 {choice}, label %{yes}, label %{no}")
        for label, way in zip((yes, no), block.branches, strict=True):
            self._begin(label)
            self._block(way, values)

    def _result(self, name: str, of: list[Value]) -> Value:
        """The result of a NumPy function."""
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
        """NaN if either is NaN."""
        truth, beyond = self._compared(how, kind, a, b)
        either = self._new(f"or {truth} {beyond}, {self._isnan(kind, a)[1]}")
        return self._chosen((truth, either), kind, a, b)

    def _sign(self, kind: str, a: str) -> Value:
        zero, one, minus = (self._constant(kind, number) for number in (0.0, 1.0, -1.0))
        _, rest = self._chosen(self._compared("oeq", kind, a, zero), kind, zero, a)
        _, rest = self._chosen(self._compared("olt", kind, a, zero), kind, minus, rest)
        return self._chosen(self._compared("ogt", kind, a, zero), kind, one, rest)

    def _called(self, name: str, kind: str, names: list[str]) -> str:
        """The result of a loop of NumPy."""
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
        """Record the point, if `points` is given."""
        self._line("br i1 %recorded, label %record, label %go")
        self._begin("record")
        for i in range(2):
            row = self._new(f"add i64 {self._new(f'mul i64 {i}, %steps')}, %row")
            place = self._new(f"add i64 {self._new(f'mul i64 {row}, %runs')}, %g")
            point = slots[i], self._new(f"load {slots[i]}, ptr %s{i}")
            self._store(NUMBERS, self._as(NUMBERS, point), self._at(NUMBER, "%points", place))
        self._line("br label %go")
        self._begin("go")

    def _datum(self, i: int) -> Value:
        """The i-th number of the objective's form at this step."""
        kind, begin = self._kind(self.uneven_data), self._new("mul i64 %each, %row")
        inside = self._new(f"add i64 {self._new(f'mul i64 {i}, %runs')}, %g") if self.uneven_data else str(i)
        place = self._new(f"add i64 {begin}, {inside}")
        return kind, self._new(f"load {kind}, ptr {self._at(NUMBER, '%data', place)}, align 8")

    def _kind(self, uneven: bool) -> str:
        return NUMBERS if uneven else NUMBER

    def _true(self, value: Value) -> Value:
        """As a truth value."""
        kind, name = value
        return value if kind in (TRUTH, TRUTHS) else self._compared("une", kind, name, self._constant(kind, 0.0))

    def _as(self, kind: str, value: Value) -> str:
        """The name of a value after its conversion to another type."""
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
        """The address of a row's numbers for these runs, or of the first, which is that of all runs."""
        place = self._new(f"mul i64 {row}, %runs")
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
        """The numbers of the state that differ between runs: arrays, and what depends on one after some steps."""
        uneven, before = set(self.step.batched), -1
        while before != (before := len(uneven)):
            for end in self.whole.exits():
                differs = self._differing(end.nodes, uneven)
                uneven |= {
                    slot for slot, place in zip(self.step.state, end.path.after, strict=True) if place in differs
                }
        return uneven

    def _differing(self, nodes: list[Node], uneven: set[StateVariable]) -> set[int]:
        """The places of the nodes that differ between runs."""
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
