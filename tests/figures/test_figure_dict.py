"""Every public figure function returns a Plotly figure that equals its plain dictionary."""

import copy
import importlib
import inspect
import json
import pickle
import pkgutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.basedatatypes import BaseTraceType
from plotly.subplots import make_subplots

import landscape_lab.figures
from landscape_lab.experiments.recordings import Recording
from landscape_lab.figures.arrows import Arrow
from landscape_lab.figures.figure_dict import NO_TEMPLATE, FigureFunction, as_json, figure_function, merged
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, run

PLAIN: dict[str, Any] = {
    "data": [
        {
            "type": "scatter",
            "x": np.arange(3),
            "y": np.array([1.0, np.nan, 2.0]),
            "text": np.array(["a", "b", "c"]),
            "marker": None,
            "line": {"color": "#000000", "width": 2},
        },
        {"type": "contour", "z": np.ones((2, 3), np.float32), "x": np.arange(3) * 1000, "y": np.array([])},
        {"type": "scatter", "x": np.arange(3) + 10**12, "y": [np.float64(1.5), np.int64(2), None]},
    ],
    "layout": {"template": NO_TEMPLATE, "margin": {"l": 1, "t": 2}, "xaxis": {"range": np.array([0.0, 1.0])}},
}
CAMEL = LANDSCAPES["six_hump_camel"]
RATES, FALL = np.geomspace(0.01, 1, 5), np.geomspace(1, 0.01, 5)
SQUARE = np.outer(RATES, FALL)
FUNCTIONS: dict[str, FigureFunction[Any]] = {
    f"{module.__name__}.{name}": found
    for module in (
        importlib.import_module(f"landscape_lab.figures.{each.name}")
        for each in pkgutil.iter_modules(landscape_lab.figures.__path__)
    )
    for name, found in vars(module).items()
    if isinstance(found, FigureFunction) and found.__module__ == module.__name__
}


@cache
def paths() -> list[Any]:
    return [run(CAMEL, OPTIMIZERS[key](), (1.0, 1.0), 5) for key in ("adam", "gradient_descent")]


def recording() -> Recording:
    steps, grid = np.array([0, 5]), np.arange(4.0)
    path = np.array([[[1.0], [1.0]], [[2.0], [2.5]]])
    return Recording(("Adam",), grid, grid, np.outer(grid, grid) + 1, steps, path, np.array([[2.0], [1.5]]))


ARGUMENTS: dict[str, Callable[[], tuple[Any, ...]]] = {
    "landscape_lab.figures.adagrad_figures.ruler_figure": lambda: (FALL, [FALL], [FALL], ["a"]),
    "landscape_lab.figures.adagrad_figures.best_rates_figure": lambda: (
        [RATES],
        [SQUARE[:, :2]],
        ["SGD"],
        ("often", "rare"),
    ),
    "landscape_lab.figures.arrows.step_figure": lambda: (CAMEL, (1.0, 0.5), [Arrow("down", (0.1, 0.2))]),
    "landscape_lab.figures.band.band_figure": lambda: ([FALL], [FALL], [FALL], ["Adam"]),
    "landscape_lab.figures.bars.share_figure": lambda: (["Adam"], [3], [5]),
    "landscape_lab.figures.contour.contour_figure": lambda: (CAMEL,),
    "landscape_lab.figures.contour.paths_figure": lambda: (CAMEL, paths(), ["Adam", "Gradient descent"]),
    "landscape_lab.figures.curves.curves_figure": lambda: (paths(), ["Adam", "Gradient descent"]),
    "landscape_lab.figures.damping.damping_figure": lambda: ([FALL], ["Momentum"]),
    "landscape_lab.figures.damping.damping_map_figure": lambda: (RATES, FALL, SQUARE),
    "landscape_lab.figures.histogram.histogram_figure": lambda: ([FALL], ["before"]),
    "landscape_lab.figures.histories.histories_figure": lambda: ([(1.0, 2.0)], (0.1,), ["calm"]),
    "landscape_lab.figures.normalisation.normalisation_figure": lambda: ("group", "example", "channel"),
    "landscape_lab.figures.profile.profile_figure": lambda: ([FALL + 1], ["Adam"]),
    "landscape_lab.figures.rates.rates_figure": lambda: ([SQUARE[:, :2]], ["Adam"]),
    "landscape_lab.figures.rates.schedule_figure": lambda: ([FALL], ["cosine"]),
    "landscape_lab.figures.small_map.outlines_figure": lambda: ([SQUARE[:, :2]], ["dropout"]),
    "landscape_lab.figures.small_map.small_map_figure": lambda: (CAMEL, CAMEL.domain),
    "landscape_lab.figures.small_map.strength_figure": lambda: (RATES, [FALL], ["loss"]),
    "landscape_lab.figures.recording_figures.recording_figure": lambda: (recording(),),
    "landscape_lab.figures.settings_figure.settings_figure": lambda: (RATES, [FALL], ["Adam"]),
    "landscape_lab.figures.stopping_figure.stopping_figure": lambda: (
        FALL,
        FALL,
        3,
        4,
        ("training", "validation", "kept", "stop"),
    ),
    "landscape_lab.figures.surface.surface_figure": lambda: (CAMEL,),
    "landscape_lab.figures.taylor_figures.model_error_figure": lambda: (CAMEL, (-1.0, 0.4), RATES),
    "landscape_lab.figures.taylor_figures.taylor_figure": lambda: (CAMEL, (-1.0, 0.4), 0.3),
    "landscape_lab.figures.tuning.tuning_figure": lambda: ([RATES], [FALL], ["Adam"], [1], [(0.1, 0.5)]),
}


def arguments(name: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Sample data, and a value for every keyword that has no default."""
    parameters = inspect.signature(FUNCTIONS[name]).parameters.values()
    needed = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY and each.default is each.empty]
    return ARGUMENTS[name](), {key: FALL if key in ("critical", "border") else "a title" for key in needed}


def built(name: str) -> go.Figure:
    given, named = arguments(name)
    return FUNCTIONS[name](*given, **named)


EVERY = pytest.mark.parametrize("name", FUNCTIONS)


def as_text(figure: go.Figure) -> str:
    return json.dumps(json.loads(figure.to_json() or ""), sort_keys=True)


def test_table_has_every_figure_function():
    assert set(ARGUMENTS) == set(FUNCTIONS)
    sources = [path.read_text(encoding="utf-8") for path in Path(landscape_lab.figures.__path__[0]).glob("*.py")]
    defined = {line[4:].split("(")[0] for text in sources for line in text.splitlines() if line.startswith("def ")}
    assert {name for name in defined if name.endswith("_figure")} == {name.split(".")[-1] for name in FUNCTIONS}


@EVERY
def test_figure_is_a_plotly_figure_equal_to_its_dict(name: str):
    figure = built(name)
    assert type(figure) is go.Figure
    given, named = arguments(name)
    sent = as_json(FUNCTIONS[name].as_dict(*given, **named))
    assert json.dumps(sent, sort_keys=True) == json.dumps(figure.to_dict(), sort_keys=True)


@EVERY
def test_figure_supports_the_methods_of_plotly(name: str, tmp_path: Path):
    figure: Any = built(name)
    text = as_text(figure)
    for other in (copy.copy(figure), copy.deepcopy(figure), pickle.loads(pickle.dumps(figure)), go.Figure(figure)):
        assert as_text(other) == text
    figure.write_html(tmp_path / "figure.html", include_plotlyjs=False)
    assert "Plotly.newPlot" in (tmp_path / "figure.html").read_text(encoding="utf-8")
    count = len(figure.data)
    figure.add_scatter(x=[1], y=[2]).add_contour(z=[[1, 2], [3, 4]]).add_hline(y=1)
    assert [each.type for each in figure.data[count : count + 2]] == ["scatter", "contour"]
    subplots: Any = make_subplots(2, 1)
    for wrong in (lambda: figure.update_layout(nonsense=3), lambda: figure.add_trace({"type": "scatter", "xx": [1]})):
        with pytest.raises(ValueError):
            wrong()
    assert subplots.add_trace(figure.data[-1], row=2, col=1).data[0].yaxis == "y2"


def test_every_kind_of_trace_can_be_added():
    figure: Any = built("landscape_lab.figures.contour.paths_figure")
    kinds = [name.lower() for name, each in ((name, getattr(go, name)) for name in dir(go)) if is_trace(each)]
    assert len(kinds) > 40
    for kind in kinds:
        getattr(figure, f"add_{kind}")()
        assert figure.data[-1].type == kind


def is_trace(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, BaseTraceType)


def test_invalid_property_in_a_builder_raises():
    wrong = figure_function(lambda: {"data": [{"type": "scatter", "line": {"colour": "red"}}], "layout": {}})
    with pytest.raises(ValueError, match="colour"):
        wrong()


def test_arrays_are_encoded_as_by_plotly():
    assert json.loads(json.dumps(as_json(PLAIN))) == json.loads(go.Figure(PLAIN).to_json() or "")


def test_merging_dicts_does_not_change_the_sources():
    old, new = {"margin": {"l": 1, "t": 2}, "height": 3}, {"margin": {"t": 4}, "width": 5}
    assert merged(old, new) == {"margin": {"l": 1, "t": 4}, "height": 3, "width": 5}
    assert old == {"margin": {"l": 1, "t": 2}, "height": 3}
