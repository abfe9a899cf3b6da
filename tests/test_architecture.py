"""The layers and habits of the house, read from the source: imports only go to the right."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PACKAGE = "landscape_lab"
"""What has most of the layers; the file that opens it is one of the experiments, and what starts it a command."""
LAYERS = ("asgi", "command", "app", "pages", "ui", "figures", "experiments", "landscapes", "optim_core")
STARTS = {path.stem for path in (ROOT / PACKAGE).glob("*.py")} - {"__init__"}
STRANGERS = {("figures", "experiments")}
"""Pairs that may not meet although the first stands left of the second."""
HOMES = {
    "streamlit": {"command", "app", "pages", "ui"},
    "starlette": {"ui"},
    "uvicorn": {"command", "ui"},
    "h11": {"ui"},
    "plotly": {"figures"},
    "pandas": {"optim_core"},
    "sympy": {"landscapes"},
    "PIL": {"figures"},
    "segno": {"figures"},
    "fpdf": {"figures"},
    "tqdm": {"command", "experiments"},
    "distributed": {"experiments"},
    "llvmlite": {"optim_core"},
    "numpy": set(LAYERS) - {"asgi", "command", "app", "pages"},
}
"""Where each library lives. A library that is not here is not used at all."""
LAZY = {
    "sympy": {"landscapes/codegen.py"},
    "llvmlite": set[str](),
    "pandas": set[str](),
    "distributed": set[str](),
    "fpdf": {"landscape_lab/figures/pdf.py"},
    "tqdm": {"landscape_lab/draw.py", "landscape_lab/experiments/maps/command.py"},
}
"""Libraries that cost too much at start, and the modules made to use them, which nobody imports at start either."""

INSIDE = r"streamlit\.(?!components)[a-z_0-9]+\.|(st|streamlit)\.(_|runtime|proto|web|net_util|file_util|source_util)"
"""Names of modules below `streamlit`, and of what is marked as its own."""
VAGUE = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}
RUNS_TEXT = {"eval", "exec", "compile", "sympify", "parse_expr", "lambdify", "__import__"}
RUNS_OUR_TEXT = {
    # Text that was written by codegen itself from a SymPy tree; never a person's.
    "landscapes/codegen.py": {"exec"},
    # The like from the graph of a traced step: names of NumPy's functions, and numbers.
    "optim_core/backends/writer.py": {"exec"},
}

OPTIMIZER_KEYS = {path.stem for path in (ROOT / "optim_core/optimizers").glob("*.py")} - {"__init__"}
SOURCES = sorted(
    str(path.relative_to(ROOT))
    for path in [
        ROOT / "asgi.py",
        ROOT / "app.py",
        *(path for room in ("pages", PACKAGE, "landscapes", "optim_core") for path in (ROOT / room).rglob("*.py")),
    ]
)


def layer_of(path: str) -> str:
    return layer_named(path.removesuffix(".py").replace("/", "."))


def layer_named(name: str) -> str:
    """The layer of a dotted name, or its first part where it is not ours."""
    first, _, rest = name.partition(".")
    room = rest.partition(".")[0]
    if first != PACKAGE or room in LAYERS:
        return room if first == PACKAGE else first
    return "command" if room in STARTS else "experiments"


def imports(path: str, tree: ast.AST) -> Iterator[str]:
    """The dotted names of everything that is imported below `tree`, relative imports spelt out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = Path(path).parts[: -node.level] if node.level else ()
            module = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def imports_at_start(path: str, tree: ast.AST) -> Iterator[str]:
    """What is imported as soon as the module is, outside of any function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imports(path, ast.Module([node], []))
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from imports_at_start(path, node)


def names(tree: ast.AST) -> Iterator[str]:
    """Every name, attribute and imported thing that is mentioned, but for `re.compile`, which compiles no Python."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute) and ast.unparse(node) != "re.compile":
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name.rpartition(".")[2]


# Each rule yields a complaint for everything in a file that breaks it.


def imports_only_to_the_right(path: str, tree: ast.AST) -> Iterator[str]:
    mine = layer_of(path)
    for name in imports(path, tree):
        other = layer_named(name)
        if other in ("tests", "benchmarks", "scripts"):
            yield f"imports {name}, which is not a part of the app"
        elif other in LAYERS and (LAYERS.index(other) < LAYERS.index(mine) or (mine, other) in STRANGERS):
            yield f"{mine} imports {name}"


def libraries_stay_at_home(path: str, tree: ast.AST) -> Iterator[str]:
    for name in imports(path, tree):
        library = layer_named(name)
        known = library in sys.stdlib_module_names or library in LAYERS or library in ("tests", "benchmarks", "scripts")
        if not known and layer_of(path) not in HOMES.get(library, ()):
            yield f"{layer_of(path)} imports {name}"


def slow_libraries_come_late(path: str, tree: ast.AST) -> Iterator[str]:
    for library, users in LAZY.items():
        if path in users | {"landscapes/generate.py"}:
            continue
        costly = {library, *(user.removesuffix(".py").replace("/", ".") for user in users)}
        for name in imports_at_start(path, tree):
            if any(f"{name}.".startswith(f"{module}.") for module in costly):
                yield f"imports {name} outside of a function, and {library} with it"


def the_url_has_one_user(path: str, tree: ast.AST) -> Iterator[str]:
    if path != "landscape_lab/ui/state.py" and "query_params" in names(tree):
        yield "touches the query parameters, which are landscape_lab/ui/state.py's"


def file_fields_are_limited(path: str, tree: ast.AST) -> Iterator[str]:
    if path != "landscape_lab/ui/file_field.py" and "file_uploader" in names(tree):
        yield "draws a field whose files the server refuses: landscape_lab/ui/file_field.py has the one that it accepts"


def the_inside_of_streamlit_has_one_user(path: str, tree: ast.AST) -> Iterator[str]:
    """What Streamlit documents is `streamlit as st`, and `streamlit.components.v2` of what is below it."""
    if path == "landscape_lab/ui/server/private.py":
        return
    used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for name in [*imports(path, tree), *used]:
        if re.match(INSIDE, name) and not re.match(r"streamlit\.components(\.v2)?$", name):
            yield f"uses {name}, which landscape_lab/ui/server/private.py looks up"


def names_say_something(path: str, tree: ast.AST) -> Iterator[str]:
    vague = VAGUE & set(re.split(r"[/_.]", path))
    if vague:
        yield f"is called {vague}"


def text_is_not_run(path: str, tree: ast.AST) -> Iterator[str]:
    for name in sorted(set(names(tree)) & RUNS_TEXT - RUNS_OUR_TEXT.get(path, set())):
        yield f"uses {name}"


def public_things_are_explained(path: str, tree: ast.AST) -> Iterator[str]:
    if Path(path).stem.startswith("generated_"):
        return
    for node in ast.iter_child_nodes(tree):
        thing = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if thing and any(isinstance(each, ast.Name) and each.id == "overload" for each in node.decorator_list):
            continue  # explained by what it is a signature of
        if thing and not node.name.startswith("_") and not ast.get_docstring(node):
            yield f"{node.name} has no docstring"


def optimizers_are_not_told_apart_by_name(path: str, tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare | ast.MatchValue):
            for constant in ast.walk(node):
                if isinstance(constant, ast.Constant) and constant.value in OPTIMIZER_KEYS:
                    yield f"decides by the name {constant.value!r}"


def pages_do_not_calculate(path: str, tree: ast.AST) -> Iterator[str]:
    if layer_of(path) in ("app", "pages"):
        for node in ast.walk(tree):
            if isinstance(node, ast.BinOp) and isinstance(
                node.op, ast.Sub | ast.Mult | ast.Div | ast.FloorDiv | ast.Pow
            ):
                yield f"calculates in line {node.lineno}: {ast.unparse(node)}"


Rule = Callable[[str, ast.AST], Iterator[str]]
RULES: tuple[Rule, ...] = (
    imports_only_to_the_right,
    libraries_stay_at_home,
    slow_libraries_come_late,
    the_url_has_one_user,
    file_fields_are_limited,
    the_inside_of_streamlit_has_one_user,
    names_say_something,
    text_is_not_run,
    public_things_are_explained,
    optimizers_are_not_told_apart_by_name,
    pages_do_not_calculate,
)


@pytest.mark.parametrize("path", SOURCES)
def test_file_keeps_every_rule(path: str):
    tree = ast.parse((ROOT / path).read_text())
    assert [complaint for rule in RULES for complaint in rule(path, tree)] == []


def test_every_layer_is_read():
    assert {layer_of(path) for path in SOURCES} == set(LAYERS)


def test_exceptions_are_still_needed():
    for path, allowed in RUNS_OUR_TEXT.items():
        assert allowed <= set(names(ast.parse((ROOT / path).read_text()))), path


WRONG = [
    (imports_only_to_the_right, "optim_core/run.py", "from landscapes import LANDSCAPES"),
    (imports_only_to_the_right, "optim_core/run.py", "def late():\n    import landscape_lab.ui.state"),
    (imports_only_to_the_right, "landscape_lab/figures/contour.py", "from landscape_lab.experiments import Scenario"),
    (imports_only_to_the_right, "landscapes/catalog.py", "from ..landscape_lab.figures import theme"),
    (imports_only_to_the_right, "landscape_lab/ui/state.py", "from tests.golden import cases"),
    (libraries_stay_at_home, "landscape_lab/figures/contour.py", "import streamlit as st"),
    (libraries_stay_at_home, "pages/playground.py", "import plotly.graph_objects as go"),
    (libraries_stay_at_home, "pages/playground.py", "from numpy import linspace"),
    (libraries_stay_at_home, "app.py", "import numpy as np"),
    (libraries_stay_at_home, "landscape_lab/figures/contour.py", "def late():\n    import sympy"),
    (libraries_stay_at_home, "landscape_lab/experiments/tables.py", "import pandas as pd"),
    (slow_libraries_come_late, "landscapes/catalog.py", "import sympy"),
    (slow_libraries_come_late, "landscapes/catalog.py", "if True:\n    from landscapes.codegen import compiled"),
    (slow_libraries_come_late, "landscape_lab/experiments/scenarios/scenario.py", "from landscapes import codegen"),
    (slow_libraries_come_late, "landscapes/landscape.py", "class Late:\n    from sympy import Expr"),
    (the_url_has_one_user, "pages/playground.py", "st.query_params['t'] = 3"),
    (the_url_has_one_user, "landscape_lab/ui/playground/panel.py", "from streamlit import query_params"),
    (file_fields_are_limited, "landscape_lab/ui/sharing/share.py", "st.file_uploader('A file')"),
    (
        the_inside_of_streamlit_has_one_user,
        "landscape_lab/ui/state.py",
        "from streamlit.runtime.scriptrunner import get_script_run_ctx",
    ),
    (the_inside_of_streamlit_has_one_user, "landscape_lab/ui/state.py", "from streamlit import net_util"),
    (the_inside_of_streamlit_has_one_user, "asgi.py", "import streamlit.web.server"),
    (the_inside_of_streamlit_has_one_user, "landscape_lab/ui/server/memory.py", "st.runtime.get_instance()"),
    (
        the_inside_of_streamlit_has_one_user,
        "pages/start.py",
        "def late():\n    from streamlit.proto import BackMsg_pb2",
    ),
    (names_say_something, "landscape_lab/ui/plot_utils.py", ""),
    (names_say_something, "landscape_lab/figures/common/axes.py", ""),
    (text_is_not_run, "landscapes/formula.py", "eval(text)"),
    (text_is_not_run, "landscapes/formula.py", "run = exec"),
    (text_is_not_run, "landscapes/codegen.py", "sp.sympify(text)"),
    (text_is_not_run, "landscapes/landscape.py", "from sympy.parsing.sympy_parser import parse_expr as read"),
    (text_is_not_run, "landscape_lab/ui/state.py", "compile(text, '', 'exec')"),
    (public_things_are_explained, "landscape_lab/ui/state.py", "def load(): ..."),
    (public_things_are_explained, "landscape_lab/ui/state.py", "class Memory:\n    pass"),
    (optimizers_are_not_told_apart_by_name, "landscape_lab/ui/playground/panel.py", "if key == 'adam':\n    pass"),
    (
        optimizers_are_not_told_apart_by_name,
        "landscape_lab/ui/playground/panel.py",
        "if key in ('lion', 'adamw'):\n    pass",
    ),
    (
        optimizers_are_not_told_apart_by_name,
        "landscape_lab/ui/playground/panel.py",
        "match key:\n    case 'adam':\n        pass",
    ),
    (pages_do_not_calculate, "pages/playground.py", "rate = 2 / curvature"),
]
RIGHT = [
    (
        imports_only_to_the_right,
        "landscape_lab/ui/playground/panel.py",
        "import streamlit, numpy, json\nfrom landscape_lab.ui import state\nfrom landscapes import x",
    ),
    (imports_only_to_the_right, "landscapes/catalog.py", "from . import landscape"),
    (
        libraries_stay_at_home,
        "landscape_lab/ui/playground/panel.py",
        "import json\nimport numpy as np\nimport streamlit as st\nfrom landscape_lab.ui import state",
    ),
    (slow_libraries_come_late, "landscapes/catalog.py", "def late():\n    from landscapes.codegen import compiled"),
    (slow_libraries_come_late, "landscapes/catalog.py", "from landscapes.surface_code import Code"),
    (the_url_has_one_user, "landscape_lab/ui/state.py", "st.query_params.to_dict()"),
    (the_url_has_one_user, "pages/playground.py", "st.page_link('x', query_params=link)"),
    (file_fields_are_limited, "landscape_lab/ui/sharing/share.py", "file_field('A file')"),
    (
        the_inside_of_streamlit_has_one_user,
        "landscape_lab/ui/reader.py",
        "import streamlit as st\nfrom streamlit.components import v2\nst.session_state.page = st.context.theme.type",
    ),
    (the_inside_of_streamlit_has_one_user, "landscape_lab/ui/server/private.py", "from streamlit import net_util"),
    (
        text_is_not_run,
        "landscape_lab/experiments/scenarios/notation.py",
        "import re\nre.compile('x')\nmodel.evaluate()",
    ),
    (public_things_are_explained, "landscape_lab/ui/state.py", "def _load(): ..."),
    (public_things_are_explained, "landscapes/generated_code.py", "def bowl_value(x, y): ..."),
    (optimizers_are_not_told_apart_by_name, "landscape_lab/ui/playground/panel.py", "chosen = OPTIMIZERS['adam']"),
    (pages_do_not_calculate, "pages/playground.py", "title = name + '!'"),
]


@pytest.mark.parametrize(("rule", "path", "source"), WRONG)
def test_rule_can_fail(rule: Rule, path: str, source: str):
    assert list(rule(path, ast.parse(source)))


@pytest.mark.parametrize(("rule", "path", "source"), RIGHT)
def test_rule_can_hold(rule: Rule, path: str, source: str):
    assert not list(rule(path, ast.parse(source)))


def test_every_rule_was_seen_to_fail():
    assert {rule for rule, _, _ in WRONG} == set(RULES)


def test_first_picture_does_not_wait_for_sympy():
    """Everything that the first run of the app imports, in a fresh process."""
    modules = [path.removesuffix(".py").replace("/", ".") for path in SOURCES if layer_of(path) not in ("app", "pages")]
    lazy = {path.removesuffix(".py").replace("/", ".") for users in LAZY.values() for path in users}
    started = [module.removesuffix(".__init__") for module in modules if module not in lazy | {"landscapes.generate"}]
    code = f"import sys, {', '.join(started)}; print(*sorted({set(LAZY)} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
