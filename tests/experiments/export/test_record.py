import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from landscape_lab.experiments import RACES, Entry, Race, Scenario, ScenarioError, race
from landscape_lab.experiments.export.record import (
    COLUMNS,
    FORMAT,
    MAX_BYTES,
    NUMBERS,
    VERSION,
    file_name,
    read_record,
    to_csv,
    to_json,
)
from landscape_lab.experiments.scenarios.scenario import MAX_STEPS
from optim_core import OPTIMIZERS

VIEW = {"show": "relief,arrows", "hidden": "1"}
WRITERS = pytest.mark.parametrize("write", [to_csv, to_json])
SMALL = Scenario(
    (Entry(OPTIMIZERS["adam"](), name='=2+5, "a'.replace('"', "")), Entry(OPTIMIZERS["gradient_descent"]())),  # type: ignore[call-arg]
    steps=3,
)


@pytest.fixture(scope="module")
def small() -> Race:
    return race(SMALL)


@WRITERS
@pytest.mark.parametrize("key", RACES)
def test_a_run_reads_back_to_the_same_scenario_and_numbers(write, key):
    run = race(RACES[key].scenario)
    record = read_record(write(run, VIEW).encode())
    assert record.scenario == run.scenario
    assert record.view == VIEW
    assert record.difference(run) is None
    for path, rows in zip(run.trajectories, record.rows, strict=True):
        last = int(path.last_step) + 1
        np.testing.assert_array_equal(rows[:, :2], path.points[:last])
        np.testing.assert_array_equal(
            np.nan_to_num(rows[:, 2], posinf=np.nan), np.nan_to_num(path.losses[:last], posinf=np.nan)
        )


@WRITERS
def test_a_surface_of_ones_own_and_noise_are_kept(write):
    query = {
        "surface": 'formula(text="x^2 + a*y^2",a=3)',
        "lanes": 'momentum(learning_rate=0.01*cosine,name="Grüße, #1")',
        "noise": "gradient_noise(eta=2)",
        "steps": "20",
        "seed": "7",
    }
    run = race(Scenario.from_query(query))
    record = read_record(write(run).encode())
    assert record.scenario == run.scenario and record.difference(run) is None


@WRITERS
def test_the_shortest_and_the_longest_run_are_read(write):
    """One that has no loss where it starts, and one of as many steps as there may be."""
    pole = {"surface": 'formula(text="1/x+y^2")', "start": "0,1"}
    for more, steps, points in ((pole, 5, 1), ({"surface": "bowl"}, MAX_STEPS, MAX_STEPS + 1)):
        query = {"lanes": "gradient_descent(learning_rate=0.001)", "steps": str(steps)} | more
        run = race(Scenario.from_query(query))
        record = read_record(write(run).encode())
        assert record.difference(run) is None and len(record.rows[0]) == points


def test_pandas_reads_the_table_as_it_is(small):
    table = pd.read_csv(io.StringIO(to_csv(small)))
    assert tuple(table.columns) == COLUMNS and len(table) == 8
    assert list(table["name"].unique()) == ["'=2+5, a", "Gradient descent"]
    second = table[table["lane"] == 2]
    np.testing.assert_array_equal(np.asarray(second[["x", "y"]]), small.trajectories[1].points)
    assert second["step"].tolist() == [0, 1, 2, 3]
    assert table["record"].notna().tolist() == [True] + [False] * 7


def test_no_setting_is_lost(small):
    """The one cell with everything but the numbers says as much as the tree does."""
    tree = json.loads(to_json(small, VIEW))
    said = json.loads(str(pd.read_csv(io.StringIO(to_csv(small, VIEW)))["record"].iloc[0]))
    assert said.pop("rows") == 8
    assert said.pop("lanes") == [
        {name: entry[name] for name in ("name", "settings", "outcome")} for entry in tree.pop("lanes")
    ]
    assert said == tree and said["units"].keys() == set(COLUMNS[:-1])
    assert Scenario.from_query(said["scenario"]) == SMALL


def test_no_cell_of_a_spreadsheet_is_a_formula():
    """An entry's name from a link could be one, also behind a separator that a spreadsheet may split at."""
    names = ("=2+5, a", "a;=2+5", "+1", "@SUM(1)", "-1")
    run = race(Scenario(tuple(Entry(OPTIMIZERS["adam"](), name=name) for name in names), steps=1))  # type: ignore[call-arg]
    for separator in ",;":
        rows = list(csv.reader(io.StringIO(to_csv(run)), delimiter=separator))
        assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@", "\t", "\r")]
    assert read_record(to_csv(run).encode()).scenario == run.scenario


@pytest.mark.parametrize("ending", [",", ""])
def test_a_file_that_a_spreadsheet_has_saved_again_is_read(small, ending):
    """It may leave out the empty cells at the end of a line."""
    lines = [line.removesuffix(",") + (ending if line.endswith(",") else "") for line in to_csv(small).splitlines()]
    record = read_record(("\ufeff" + "\r\n".join(lines)).encode())
    assert record.scenario == SMALL and record.difference(small) is None


COMMENTED = """\
# Loss Landscape Lab run · version 1
# rows 6
# scenario v=1&surface=bowl&start=-1.5%2C1.2&lanes=gradient_descent%28learning_rate%3D0.1%29%2Cadam&steps=2&seed=0
# view hidden=1
# steps 2 · seed 0 · each step sees Exact gradient
# column lane: number of the lane (the first is 1)
lane,step,x,y,loss,gradient_evaluations
1,0,-1.5,1.2,3.69,0
1,1,-1.2,0.96,2.3616,1
1,2,-0.96,0.768,1.5114239999999999,2
2,0,-1.5,1.2,3.69,0
2,1,-1.4500000001666666,1.1500000002083333,3.4250000009625,1
2,2,-1.400051353875276,1.100066761057177,3.1702906722708213,2
"""
"""A table as it was written before pandas could read it."""


@pytest.mark.parametrize("ending", ["\n", ",,,,,\r\n"])
def test_a_table_with_comments_is_still_read(ending):
    record = read_record(re.sub("(?<=#)(.*)\n", lambda line: line[1] + ending, COMMENTED).encode())
    assert record.view == {"hidden": "1"} and record.scenario.steps == 2
    assert record.difference(race(record.scenario)) is None
    with pytest.raises(ScenarioError, match="not whole"):
        read_record(COMMENTED.rsplit("\n", 2)[0].encode())


def test_numbers_that_are_not_the_runs_are_told_by_entry_and_step(small):
    lines = to_csv(small).splitlines()
    lines[-2] = "2,Gradient descent,2,9,9,9,2,"
    said = read_record("\n".join(lines).encode()).difference(small)
    assert str(said) == "From step 2 on, entry 2 (Gradient descent) runs differently here than in the file."


def test_a_run_that_ended_elsewhere_is_told(small):
    tree = json.loads(to_json(small))
    for name in NUMBERS:
        tree["lanes"][0][name].pop()
    said = read_record(json.dumps(tree).encode()).difference(small)
    assert said is not None and said.values["step"] == 3


@WRITERS
def test_a_file_of_another_version_is_named(write, small):
    text = re.sub('version(""|"): 1', r"version\1: 9", write(small))
    with pytest.raises(ScenarioError, match=r"another version of this page \(9\)"):
        read_record(text.encode())


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"\x89PNG\r\n\x1a\n\xff",
        b"a,b\n1,2\n",
        b"{}",
        b"[1]",
        b'{"format": "other"}',
        b"# another program\n1,2",
        b"{" * 9999,
        b'{"a":' * 20_000,
    ],
)
def test_a_foreign_file_is_refused(file):
    with pytest.raises(ScenarioError, match="not a run that was exported here"):
        read_record(file)


def test_a_file_that_is_too_large_is_not_even_read():
    with pytest.raises(ScenarioError, match="at most 16 MB"):
        read_record(b"x" * (MAX_BYTES + 1))


@WRITERS
def test_wherever_a_file_is_cut_off_it_is_refused(write, small):
    whole = write(small).encode()
    for end in range(1, len(whole.rstrip()), 7):
        with pytest.raises(ScenarioError):
            record = read_record(whole[:end])
            # Cut within its last number, a table still has all its rows: then the numbers tell.
            if record.difference(small) is not None:
                raise ScenarioError("told")


HOSTILE = [
    {"lanes": 3},
    {"lanes": [{}]},
    {"lanes": [{"x": [1], "y": [1], "loss": [1], "gradient_evaluations": [True]}] * 2},
    {"lanes": [{"x": [10**400], "y": [1], "loss": [1], "gradient_evaluations": [1]}] * 2},
    {"lanes": [{"x": [1, 2], "y": [1], "loss": [1], "gradient_evaluations": [1]}] * 2},
    {"lanes": [{"x": [], "y": [], "loss": [], "gradient_evaluations": []}] * 2},
    {"scenario": {"steps": 7}},
    {"scenario": {"surface": "__import__('os')"}},
    {"scenario": {"other": "1"}},
    {"scenario": {"v": "2"}},
    {"scenario": []},
    {"view": {"show": 3}},
    {"version": True},
    {"version": "1"},
    {"version": 10**30},
    {"version": None},
]


@pytest.mark.parametrize("part", HOSTILE, ids=str)
def test_a_changed_file_gets_a_sentence(part, small):
    with pytest.raises(ScenarioError) as refused:
        read_record(json.dumps(json.loads(to_json(small)) | part).encode())
    assert len(str(refused.value)) < 300


NAMES = st.sampled_from(["x", "y", "loss", "v", "surface", "lanes"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries(
        {"format": st.just(FORMAT), "version": st.just(VERSION), "scenario": JSON, "lanes": JSON},
        optional={"view": JSON},
    )
)
def test_any_tree_is_a_run_or_gets_a_sentence(tree):
    answers(json.dumps(tree).encode())


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: f"# {FORMAT} · version 1\n{text}".encode(errors="replace"))
    | st.text(max_size=200).map(lambda text: f"{','.join(COLUMNS)}\n{text}".encode(errors="replace"))
)
@example(f"# {FORMAT} · version 1\n# rows {'9' * 5000}\n# scenario v=1".encode())
@example(f"# {FORMAT} · version 1\n# rows 0\n# scenario {'a=1&' * 500}\n{','.join(COLUMNS)}".encode())
@example(f"{','.join(COLUMNS)}\n1,a,0,1,1,1,0,{'x' * 200_000}".encode())
@example(f"{','.join(COLUMNS)}\n{',' * 99}".encode())
def test_any_bytes_are_a_run_or_get_a_sentence(file):
    answers(file)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_table_with_a_changed_line_is_a_run_or_gets_a_sentence(data):
    lines = to_csv(race(replace(SMALL, steps=1))).splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    broken = ["1,a,0,nan,inf,-inf,1e999,", "1,a,0,1,2", "-1,a,0,1,2,3,4,", '"', ",,,,,,,{}"]
    lines[place] = data.draw(st.text(max_size=30) | st.sampled_from(broken))
    answers("\n".join(lines).encode(errors="replace"))


def answers(file: bytes) -> None:
    """Either a record that can be compared with its run, or a sentence for people."""
    try:
        record = read_record(file)
    except ScenarioError as error:
        assert str(error)
    else:
        record.difference(race(record.scenario))


def test_names_of_files_are_safe_everywhere():
    formula = Scenario.from_query({"surface": 'formula(text="x^2/3 + y^2")'})
    assert file_name(formula, "csv") == "formula-6-lanes-500-steps.csv"
    for key in RACES:
        name = file_name(RACES[key].scenario, "svg")
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.") and len(name) < 80
