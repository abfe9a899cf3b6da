"""A CSV file on the page: known results, choice of columns, and the report of conversions."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import landscape_lab.ui.server.process  # noqa: F401 - as in app.py, which AppTest leaves out after the first run
from landscape_lab.ui.playground.own_file import NO_COLUMN
from tests.landscapes.test_data_losses import ANSCOMBE_X, ANSCOMBE_Y
from tests.pages import numbers
from tests.pages.widgets import widget

APP = Path(__file__).parents[2] / "app.py"
QUARTET = "x,first,second,third\n" + "\n".join(
    ",".join(map(str, row)) for row in zip(ANSCOMBE_X, *ANSCOMBE_Y[:3], strict=True)
)
PAIR = "x,y\n" + "\n".join(f"{x},{y}" for x, y in zip(ANSCOMBE_X, ANSCOMBE_Y[0], strict=True))
CLASSES = "Nr;a;b;Art\n" + "\n".join(
    f"{i + 1};{i * i % 7},5;{i % 4},25;{'setosa' if i % 2 else 'versicolor'}" for i in range(14)
)


def page(lang: str = "en") -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=120)
    at.query_params["lang"] = lang
    ran(at).switch_page("pages/playground.py")
    for name, value in {"lang": lang, "lanes": "gradient_descent(learning_rate=0.001)", "steps": "10"}.items():
        at.query_params[name] = value
    at.session_state["panel"] = {"en": "Surface and start", "zh": "曲面与起点"}[lang]
    at.session_state["own-data-file"] = True
    return ran(at)


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception[0].message
    return at


def load(at: AppTest, text: str) -> AppTest:
    at.file_uploader(key="own-file").upload("data.csv", text.encode(), "text/csv")
    return ran(at)


def choose(at: AppTest, slot: int, column: Any) -> AppTest:
    widget(at.selectbox, f"own-column-{slot}").set_value(column)
    return ran(at)


def loss(at: AppTest) -> Any:
    return at.session_state["scenario"].landscape


def texts_of(at: AppTest) -> str:
    return "\n".join(each.value for each in at.caption)


def test_known_regression_line_is_found_and_rows_are_held_out_on_request():
    at = load(page(), PAIR)
    assert not at.warning
    assert [round(each, 3) for each in loss(at).minima[0]] == [0.5, 3.0]
    assert "10 to 10,000 rows, at most 1 MB" in texts_of(at), "the limits must be shown before a file is chosen"
    assert "Trained on all 11 rows; none are held out." in texts_of(at)
    numbers.turn(at, "surface/held_out_share", 0.3)
    assert "Trained on 8 of 11 rows; 3 are held out." in texts_of(at)
    assert "held_out_share=0.3" in str(at.query_params["surface"])
    assert (loss(at).n, loss(at).held_out.n) == (8, 3)


def test_limits_are_shown_before_a_file_is_chosen():
    assert "10 to 10,000 rows, at most 1 MB and 200 columns" in texts_of(page())
    assert "10 到 10,000 行，不超过 1 MB，最多 200 列" in texts_of(page(lang="zh"))


def test_columns_can_be_chosen():
    at = load(page(), QUARTET)
    assert loss(at).data.names == ("x", "first", "third")
    choose(at, 1, NO_COLUMN)
    assert loss(at).data.names == ("x", "third")
    for target, name in ((2, "first"), (3, "second"), (4, "third")):
        choose(at, 2, target)
        assert loss(at).data.names == ("x", name) and not at.warning
        assert (round(loss(at).minima[0][0], 2), round(loss(at).minima[0][1], 1)) == (0.5, 3.0)
    choose(at, 0, 4)  # the target: they change places
    assert loss(at).data.names == ("third", "x")
    choose(at, 1, 4)  # the feature: another column takes its place
    assert loss(at).data.names == ("first", "third", "x") and not at.warning


def test_conversions_of_a_file_are_listed_in_every_language():
    at = load(page(), CLASSES)
    assert at.session_state["scenario"].surface.startswith("logistic_regression_"), (
        "for classes, logistic regression must be the default"
    )
    for note in (
        "separated by semicolons", "decimal mark is a comma: “0,5” is 0.5", "Column 1 (“Nr”) numbers the rows",
        "“Art”: setosa = 0, versicolor = 1",
    ):  # fmt: skip
        assert note in texts_of(at).replace("\\", "")
    chinese = texts_of(load(page(lang="zh"), CLASSES))
    for note in (
        "各列以分号分隔",
        "逗号是小数点：“0,5”读作 0.5",
        "第 1 列（“Nr”）是行号",
        "“Art”：setosa = 0，versicolor = 1",
    ):
        assert note in chinese.replace("\\", "")
    assert "第 1 列" in texts_of(load(page(lang="zh"), CLASSES.partition("\n")[2])), (
        "a column without a name must be called by its number"
    )


@pytest.mark.parametrize("text", ["x,y\n1,two\n" + "3,4\n" * 12, "x,y\n1,2\n", "[1, 2]"])
def test_invalid_file_shows_an_error_beside_its_field(text: str):
    at = page()
    before = at.session_state["scenario"]
    load(at, text)
    assert len(at.warning) == 1 and at.warning[0].value.endswith("Nothing was changed.")
    assert at.session_state["scenario"] == before
    load(at, PAIR)
    assert not at.warning and loss(at).n == 11


def test_refused_choice_shows_an_error_and_can_be_corrected():
    together = "a,b,c,y\n" + "\n".join(f"{i},{3 * i - 2},{i * i % 7},{i % 5}" for i in range(12))
    at = load(page(), together)
    assert "move together" in at.warning[0].value
    choose(at, 1, 3)
    assert not at.warning and loss(at).data.names == ("a", "c", "y")


def test_hostile_names_are_escaped():
    name = "![x](http://127.0.0.1/a.png)"
    at = load(
        page(),
        f"x,y,{name}\n" + "\n".join(f"{x},{y},7" for x, y in zip(ANSCOMBE_X, ANSCOMBE_Y[0], strict=True)),
    )
    assert "is constant and is left out" in texts_of(at)
    assert name not in texts_of(at) and name in texts_of(at).replace("\\", "")
