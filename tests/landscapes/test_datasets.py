"""Data made here has the moments it promises; a file is data or a sentence, never anything else."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landscapes.datasets import (
    HELD_OUT,
    LARGEST,
    MAX_BYTES,
    MAX_ROWS,
    MIN_ROWS,
    OUTLIER,
    DataError,
    Line,
    Plane,
    Saturation,
    TwoClasses,
    read_csv,
)

EVERY = pytest.mark.parametrize("dataset", [Line(), Plane(), TwoClasses(), Saturation()], ids=lambda d: d.label)


@EVERY
def test_the_same_settings_give_the_same_examples_and_another_seed_others(dataset):
    again, other = replace(dataset), replace(dataset, seed=1)
    assert again is not dataset
    for part in ("train", "held_out"):
        one, same, different = (getattr(each, part) for each in (dataset, again, other))
        for array in ("features", "targets", "difficulty"):
            np.testing.assert_array_equal(getattr(one, array), getattr(same, array))
        assert not np.isin(different.features, one.features).any()
    assert not np.isin(dataset.held_out.features, dataset.train.features).any()


@EVERY
@pytest.mark.parametrize("n", [10, 20, 2000])
def test_shapes(dataset, n):
    data = replace(dataset, n=n).train
    assert data.n == len(data.features) == len(data.targets) == len(data.difficulty) == n
    assert len(data.names) == data.features.shape[1] + 1
    assert dataset.held_out.n == HELD_OUT
    with pytest.raises(ValueError, match="read-only"):
        data.features[0] = 0.0
    with pytest.raises(FrozenInstanceError):
        data.targets = data.targets  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("n", [10, 50])
@pytest.mark.parametrize("correlation", [-0.99, 0.0, 0.6])
@pytest.mark.parametrize("skewed", [False, True])
def test_the_knobs_are_the_moments_of_the_examples(n, correlation, skewed):
    features = Plane(n=n, correlation=correlation, scale=10.0, skewed=skewed).train.features
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(features.std(axis=0), [1, 10], rtol=1e-12)
    assert (features[:, 0] * features[:, 1]).mean() / 10 == pytest.approx(correlation, abs=1e-12)


def test_skewed_features_stay_skewed_when_they_are_standardised():
    """The third moment has no unit: shifting and scaling leave it as it is."""

    def skewness(values):
        z = (values - values.mean()) / values.std()
        return (z**3).mean()

    raw = Plane(n=2000, scale=50.0, skewed=True).train.features[:, 1]
    standardised = (raw - raw.mean()) / raw.std()
    assert skewness(raw) == pytest.approx(2.0, abs=0.5)  # an exponential's is 2
    assert skewness(standardised) == pytest.approx(skewness(raw), rel=1e-9)
    assert abs(skewness(Plane(n=2000).train.features[:, 1])) < 0.3


def test_noise_and_outliers_are_what_the_targets_stray_by():
    clean, noisy, wrong = (Plane(n=400, noise=noise, outliers=q) for noise, q in ((0, 0), (0.5, 0), (0.5, 0.1)))
    np.testing.assert_array_equal(clean.train.difficulty, 0)
    np.testing.assert_allclose(clean.train.features @ np.array(clean.weights), clean.train.targets, atol=1e-12)
    strays = noisy.train.targets - clean.train.targets
    assert strays.std() == pytest.approx(0.5, rel=5 / np.sqrt(2 * 400))
    np.testing.assert_allclose(noisy.train.difficulty, np.abs(strays), atol=1e-12)
    jumps = wrong.train.targets - noisy.train.targets
    assert sorted(set(np.round(jumps, 9))) == [0.0, OUTLIER] and np.count_nonzero(jumps > 1) == 40
    np.testing.assert_array_equal(wrong.held_out.targets, noisy.held_out.targets)
    hardest = np.argsort(wrong.train.difficulty)[-40:]
    assert (jumps[hardest] > 1).all()


def test_classes_have_the_odds_of_a_logistic_model():
    dataset = TwoClasses(n=2000, noise=1.0)
    margin = dataset.train.features @ np.array(dataset.weights)
    for low, high in ((-2, -1), (-0.5, 0.5), (1, 2)):
        some = (margin > low) & (margin < high)
        expected = (1 / (1 + np.exp(-margin[some]))).mean()
        error = np.sqrt(expected * (1 - expected) / some.sum())
        assert abs(dataset.train.targets[some].mean() - expected) < 5 * error
    assert TwoClasses(noise=0.0).train.difficulty.max() < 0
    assert np.count_nonzero(TwoClasses(noise=0.0, outliers=0.2).train.difficulty > 0) == 4


def test_the_task_is_turned_by_its_angle():
    first, second = Plane(), Plane(task_angle=60.0)
    assert np.hypot(*second.weights) == pytest.approx(np.hypot(*first.weights))
    cosine = np.dot(first.weights, second.weights) / np.hypot(*first.weights) ** 2
    assert cosine == pytest.approx(0.5)
    np.testing.assert_array_equal(first.train.features, second.train.features)


def test_split_parts_every_example_once():
    data = Plane(n=40).train
    train, rest = data.split(0.3, seed=4)
    assert (train.n, rest.n) == (28, 12)
    np.testing.assert_array_equal(np.sort(np.concatenate([train.targets, rest.targets])), np.sort(data.targets))
    np.testing.assert_array_equal(data.split(0.3, seed=4)[0].targets, train.targets)
    assert (data.split(0.3, seed=5)[0].targets != train.targets).any()
    assert data.split(0.0)[1].n == data.split(1.0)[0].n == 2


# Files

BODY = "\n".join(f"{i},{i * i % 7},{i % 4}" for i in range(12))


@pytest.mark.parametrize("mark", [",", ";", "\t", ", ", " ; "])
@pytest.mark.parametrize("header", ["", "size,age,price\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_headers_and_line_ends(mark, header, end):
    text = (header + BODY).replace(",", mark).replace("\n", end)
    for given_text in (text, text.encode(), b"\xef\xbb\xbf" + text.encode(), end + text + end * 3):
        data = read_csv(given_text)
        assert data.features.tolist() == [[i, i * i % 7] for i in range(12)]
        assert data.targets.tolist() == [i % 4 for i in range(12)]
        assert data.names == (("size", "age", "price") if header else ("column 1", "column 2", "column 3"))


def test_one_feature_numbers_of_all_kinds_and_quotes():
    data = read_csv('"a; b",y\n' + "\n".join(f'"{i}.5e-1",+{i**2}.' for i in range(12)))
    assert data.names == ("a; b", "y") and data.features[:, 0] == pytest.approx(np.arange(12) / 10 + 0.05)
    assert data.targets[3] == 9
    line = np.polyfit(data.features[:, 0], data.targets, 1)
    np.testing.assert_allclose(data.difficulty, np.abs(np.polyval(line, data.features[:, 0]) - data.targets), atol=1e-9)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("x,y\n" + "\n".join(f"{i},{i}" for i in range(MIN_ROWS - 1)), "9 rows"),
        ("x,y\n", "0 rows"),
        ("\n".join(f"{i},{i % 3}" for i in range(MAX_ROWS + 1)), "10001 rows"),
        ("x\n" + "\n".join(map(str, range(20))), "1 columns"),
        (BODY.replace(",", ",1,"), "5 columns"),
        (BODY + "\n1,2", "Row 13 has 2 columns, row 1 has 3"),
        (BODY + "\n1,,2", r"Row 13, column 2 \(“column 2”\) is empty"),
        ("a,b,c\n" + BODY + "\n1,2,x", r"Row 14, column 3 \(“c”\): “x” is not a number"),
        ("a,b,3\n" + BODY, "Row 1, column 1"),
        (BODY + "\n1,nan,2", "is a gap"),
        (BODY + "\n1,2,-inf", "is a gap"),
        (BODY + "\n1,2,1e999", "too large"),
        (BODY + f"\n1,2,{LARGEST * 10:.0f}", "too large"),
        (BODY + "\n1,2,1_000", "not a number"),
        (BODY + "\n1,2,٣", "not a number"),
        (BODY.replace(",", ";") + "\n1,5;2;3", "decimal point"),
        ("\n".join(f"{i},5" for i in range(12)), r"Column 2 \(“column 2”\) is constant"),
        ("\n".join(f"{1e9 + i * 1e-3},{i}" for i in range(12)), "Column 1"),
        ("\n".join(f"{i},{3 * i - 2},{i % 5}" for i in range(12)), "move together"),
        (BODY + '\n"1,2,3', "Row 13"),
        (BODY + '\n"' + "9" * 200_000, "cannot be read"),
        (BODY + "\0", "NUL"),
        (BODY.encode() + b"\xff", "not UTF-8"),
        (BODY.encode("utf-16"), "not UTF-8"),
        ("1,2,3\n" * (MAX_BYTES // 6 + 1), "larger than 1 million"),
        (b"0" * (MAX_BYTES + 1), "larger than 1 million"),
    ],
)  # fmt: skip
def test_a_bad_file_says_what_is_wrong_and_where(text, says):
    with pytest.raises(DataError, match=says) as caught:
        read_csv(text)
    assert len(str(caught.value)) < 300 and str(caught.value).isprintable()
    assert caught.value.template.format(**caught.value.values) == str(caught.value)


cells = st.sampled_from(["1", "2.5", "-3e2", "", "x", "nan", "1,5", '"', '"7"', "1e300", " 4 "]) | st.text(max_size=4)
tables = st.builds(
    lambda mark, rows, end: end.join(mark.join(row) for row in rows),
    st.sampled_from([",", ";", "\t"]),
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=8, max_size=14)
    ),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
numbers = st.lists(
    st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)).map(lambda row: f"{row[0]!r},{row[1]!r}"),
    min_size=8,
    max_size=30,
).map("\n".join)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300) | tables.map(lambda text: text.encode("utf-8", "replace")) | tables | numbers)
def test_any_bytes_are_data_or_a_sentence(given_text):
    try:
        data = read_csv(given_text)
    except DataError as error:
        assert len(str(error)) < 300 and str(error).isprintable()
    else:
        assert MIN_ROWS <= data.n <= MAX_ROWS and data.features.shape[1] in (1, 2)
        assert all(np.isfinite(array).all() for array in (data.features, data.targets, data.difficulty))
        assert (data.features.std(axis=0) > 0).all()
