"""A CSV file is read as intended, every conversion is reported, and an ambiguous file is refused.

Every variant of a file contains the same few numbers, written out in `A`, `B` and `C`, so that the expected result
is known without the reader.
"""

import io
import resource
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landscapes import DataError, Roles, Table, read_csv, read_table
from landscapes.csv_text import MAX_COLUMNS
from landscapes.datasets import LARGEST, MAX_BYTES, MAX_ROWS, MIN_ROWS

A = np.array([3, 1, 4, 15, 9, 2, 6, 5, 35, 8])
B = np.array([2, 7, 1, 8, 28, 18, 4, 59, 45, 23])
C = np.array([0, 1, 1, 0, 1, 0, 0, 1, 0, 1])

SEMICOLONS = "The columns are separated by semicolons."
TABS = "The columns are separated by tabs."
BARS = "The columns are separated by upright bars."
BLANKS = "The columns are separated by blanks."


def comma(cell: str, value: str) -> str:
    return f"The decimal mark is a comma: “{cell}” is {value}."


def grouped(cell: str, value: str) -> str:
    return f"The marks between thousands are left out: “{cell}” is {value}."


def unit(name: str, cell: str, value: str, sign: str) -> str:
    return f"“{name}”: “{cell}” is read as {value}; its unit is {sign}."


def counts(name: str) -> str:
    return f"Column 1 (“{name}”) numbers the rows and is left out."


def file(header: str, pattern: str, classes: tuple[Any, Any] = (0, 1), end: str = "\n", first: int = 1) -> str:
    """Ten rows of a pattern in which {a}, {b} and {c} stand for the numbers above, {i} for the number of the row."""
    rows = [
        pattern.format(a=a, b=b, c=classes[c], i=i)
        for i, (a, b, c) in enumerate(zip(A, B, C, strict=True), first)
    ]  # fmt: skip
    return end.join([*([header] if header else []), *rows])


COMMON = {
    # separators
    "commas": (file("x,y", "{a},{b}"), [A], B, []),
    "no header": (file("", "{a},{b}"), [A], B, []),
    "three columns": (file("x,z,y", "{a},{b},{c}"), [A, B], C, []),
    "comma and blank": (file("x, y", "{a}, {b}"), [A], B, []),
    "blank and comma": (file("x ,y", "{a} ,{b}"), [A], B, []),
    "aligned commas": (file("x,   y", "{a:>3},  {b:>3}"), [A], B, []),
    "semicolons": (file("x;y", "{a};{b}"), [A], B, [SEMICOLONS]),
    "semicolons and points": (file("x;y", "{a}.5;{b}.25"), [A + 0.5], B + 0.25, [SEMICOLONS]),
    "semicolons and blanks": (file("x ; y", "{a} ; {b}"), [A], B, [SEMICOLONS]),
    "a name in angle brackets": (file("<b>x</b>,y", "{a},{b}"), [A], B, []),
    "tabs": (file("x\ty", "{a}\t{b}"), [A], B, [TABS]),
    "tabs and blanks": (file("x\t y", "{a}\t {b} "), [A], B, [TABS]),
    "tabs and decimal commas": (file("x\ty", "{a},5\t{b}"), [A + 0.5], B, [TABS, comma("3,5", "3.5")]),
    "bars": (file("x|y", "{a}|{b}"), [A], B, [BARS]),
    "bars and decimal commas": (file("x|y", "{a},5|{b}"), [A + 0.5], B, [BARS, comma("3,5", "3.5")]),
    "a table of Markdown": (file("| x | y |\n|---|--:|", "| {a} | {b} |"), [A], B, [BARS]),
    "a table of a database": (file(" x | y \n---+---", " {a} | {b} "), [A], B, [BARS]),
    "one blank": (file("x y", "{a} {b}"), [A], B, [BLANKS]),
    "many blanks": (file("  x    y", "   {a}    {b}  "), [A], B, [BLANKS]),
    "blanks and tabs": (file("x \t y", "{a} \t  {b}"), [A], B, [TABS]),
    "mixed blanks": (file("", "{a} \t{b}").replace("\t", "", 1), [A], B, [BLANKS]),
    "blanks and decimal commas": (file("", "{a},5 {b},25"), [A + 0.5], B + 0.25, [BLANKS, comma("3,5", "3.5")]),
    "full-width commas": (file("x，y", "{a}，{b}"), [A], B, ["The columns are separated by full-width commas."]),
    "full-width semicolons": (file("x；y", "{a}；{b}"), [A], B, [SEMICOLONS]),
    "declared": (file("sep=;\nx;y", "{a},5;{b}"), [A + 0.5], B, [SEMICOLONS, comma("3,5", "3.5")]),
    "commas at every end": (file("x,y,", "{a},{b},"), [A], B, []),
    "commas at the ends of rows": (file("x,y", "{a},{b},"), [A], B, []),
    "empty columns of a spreadsheet": (file("x;y;;", "{a};{b};;") + "\n;;;\n;;;", [A], B, [SEMICOLONS]),
    # lines
    "CRLF": (file("x,y", "{a},{b}", end="\r\n"), [A], B, []),
    "CR": (file("x,y", "{a},{b}", end="\r"), [A], B, []),
    "blank lines": (file("\n\nx,y\n", "{a},{b}\n", end="\n \n") + "\n\n", [A], B, []),
    "comments": (file("# measured in May: twice\nx,y", "{a},{b}") + "\n# the end", [A], B, []),
    "comments of LaTeX": (file("% a; b\nx;y", "{a};{b}"), [A], B, [SEMICOLONS]),
    "comments of C": (file("// a 'b' \"c\nx,y", "{a},{b}"), [A], B, []),
    "comments between": (file("x,y", "{a},{b}", end="\n  # and\n"), [A], B, []),
    "a name that looks like a comment": (file("#,x,y", "{i},{a},{b}"), [A], B, [counts("#")]),
    # names
    "quoted": (file('"x","y"', '"{a}","{b}"'), [A], B, []),
    "a separator in a name": (file('"a; b",y', "{a},{b}"), [A], B, []),
    "a quotation mark in a name": (file('"a ""b""",y', "{a},{b}"), [A], B, []),
    "Chinese names": (file("身高,体重", "{a},{b}"), [A], B, []),
    "names in a comment": (
        file("# x y", "{a} {b}"), [A], B, [BLANKS, "The names of the columns are those of the comment in row 1."]
    ),
    "a second comment": (
        file("# of 2020\n# x,y", "{a},{b}"), [A], B, ["The names of the columns are those of the comment in row 2."]
    ),
    "no names in a comment": (file("# source: a, b", "{a},{b}"), [A], B, []),
    "units below names": (
        file("x,y\n(kg),[m]", "{a},{b}"), [A], B, ["Row 2 has no numbers: its words are taken as units."]
    ),
    # numbers
    "points": (file("x,y", "{a}.5,{b}.25"), [A + 0.5], B + 0.25, []),
    "points at the ends": (file("x,y", "{a}.,.{b}"), [A], [0.2, 0.7, 0.1, 0.8, 0.28, 0.18, 0.4, 0.59, 0.45, 0.23], []),
    "signs": (file("x,y", "+{a},-{b}"), [A], -B, []),
    "a minus of a book": (file("x,y", "−{a},–{b}"), [-A], -B, []),
    "full-width digits": (file("x,y", "{a},{b}").replace("3,2", "３,２"), [A], B, []),
    "powers": (file("x,y", "{a}e2,{b}E-1"), [A * 100], B / 10, []),
    "powers with points": (file("x,y", "{a}.5e+2,{b}"), [A * 100 + 50], B, []),
    "powers with commas": (file("x;y", "{a},5e2;{b}"), [A * 100 + 50], B, [SEMICOLONS, comma("3,5e2", "350")]),
    "three decimals": (file("x,y", "{a}.234,{b}"), [A + 0.234], B, []),
    "decimal commas in quotes": (file("x,y", '"{a},5",{b}'), [A + 0.5], B, [comma("3,5", "3.5")]),
    "a comma after nought": (file("x;y", "0,{a}34;{b}", ), [
        np.array([0.334, 0.134, 0.434, 0.1534, 0.934, 0.234, 0.634, 0.534, 0.3534, 0.834])
    ], B, [SEMICOLONS, comma("0,334", "0.334")]),
    "decimal commas": (file("x;y", "{a},5;{b},25"), [A + 0.5], B + 0.25, [SEMICOLONS, comma("3,5", "3.5")]),
    "some decimal commas": (
        file("x;y", "{a};{b}").replace("35;45", "35,5;45,5"),
        [np.where(A == 35, 35.5, A)], np.where(B == 45, 45.5, B), [SEMICOLONS, comma("35,5", "35.5")],
    ),
    "commas between thousands": (
        file("x;y", "{a},234.5;{b}"), [A * 1000 + 234.5], B, [SEMICOLONS, grouped("3,234.5", "3234.5")]
    ),
    "commas between millions": (
        file("x;y", "{a},234,567;{b}"), [A * 1_000_000 + 234_567], B, [SEMICOLONS, grouped("3,234,567", "3234567")]
    ),
    "thousands that a point explains": (
        file("x;y", "{a},234;{b}.5"), [A * 1000 + 234], B + 0.5, [SEMICOLONS, grouped("3,234", "3234")]
    ),
    "thousands in quotes": (file("x,y", '"{a},234.00",{b}'), [A * 1000 + 234], B, [grouped("3,234.00", "3234")]),
    "lakhs": (
        file("x;y", "1,{a:02},567.5;{b}"), [100_567.5 + 1000 * A], B, [SEMICOLONS, grouped("1,03,567.5", "103567.5")]
    ),
    "points between thousands": (
        file("x;y", "{a}.234,5;{b}"), [A * 1000 + 234.5], B,
        [SEMICOLONS, comma("3.234,5", "3234.5"), grouped("3.234,5", "3234.5")],
    ),
    "thousands that a comma explains": (
        file("x;y", "{a}.234;{b},5"), [A * 1000 + 234], B + 0.5,
        [SEMICOLONS, comma("2,5", "2.5"), grouped("3.234", "3234")],
    ),
    "points between millions": (
        file("x;y", "{a}.234.567;{b}"), [A * 1_000_000 + 234_567], B, [SEMICOLONS, grouped("3.234.567", "3234567")]
    ),
    "blanks between thousands": (
        file("x;y", "{a} 234,5;{b}"), [A * 1000 + 234.5], B,
        [SEMICOLONS, comma("3 234,5", "3234.5"), grouped("3 234,5", "3234.5")],
    ),
    "no-break spaces between thousands": (
        file("x,y", "{a}\u00a0234,{b}"), [A * 1000 + 234], B, [grouped("3 234", "3234")]
    ),
    "thin spaces between thousands": (
        file("x,y", "{a}\u2009234.5,{b}"), [A * 1000 + 234.5], B, [grouped("3 234.5", "3234.5")]
    ),
    "narrow spaces between thousands": (
        file("x;y", "{a}\u202f234,5;{b}"), [A * 1000 + 234.5], B,
        [SEMICOLONS, comma("3 234,5", "3234.5"), grouped("3 234,5", "3234.5")],
    ),
    "apostrophes between thousands": (
        file("x;y", "{a}'234.5;{b}"), [A * 1000 + 234.5], B, [SEMICOLONS, grouped("3'234.5", "3234.5")]
    ),
    "round apostrophes": (file("x;y", "{a}’234;{b}"), [A * 1000 + 234], B, [SEMICOLONS, grouped("3’234", "3234")]),
    # units
    "dollars": (file("x,y", "{a},${b}"), [A], B, [unit("y", "$2", "2", "$")]),
    "negative dollars": (file("x,y", "{a},-${b}.50"), [A], -B - 0.5, [unit("y", "-$2.50", "-2.5", "$")]),
    "dollars and a minus": (file("x,y", "{a},$-{b}"), [A], -B, [unit("y", "$-2", "-2", "$")]),
    "thousands of dollars": (
        file("x,y", '{a},"${b},000.00"'), [A], B * 1000,
        [grouped("$2,000.00", "2000"), unit("y", "$2,000.00", "2000", "$")],
    ),
    "euros": (
        file("x;y", "{a};{b},50 €"), [A], B + 0.5,
        [SEMICOLONS, comma("2,50 €", "2.5"), unit("y", "2,50 €", "2.5", "€")],
    ),
    "yuan": (file("x,y", "¥{a},{b}"), [A], B, [unit("x", "¥3", "3", "¥")]),
    "a currency's letters": (file("x,y", "{a},CHF {b}"), [A], B, [unit("y", "CHF 2", "2", "CHF")]),
    "percent": (file("x,y", "{a}%,{b}"), [A], B, [unit("x", "3%", "3", "%")]),
    "percent apart": (
        file("x;y", "{a},5 %;{b}"), [A + 0.5], B,
        [SEMICOLONS, comma("3,5 %", "3.5"), unit("x", "3,5 %", "3.5", "%")],
    ),
    # columns that are left out
    "row numbers": (file("id,x,y", "{i},{a},{b}"), [A], B, [counts("id")]),
    "row numbers from 0": (file("index,x,y", "{i},{a},{b}", first=0), [A], B, [counts("index")]),
    "row numbers of pandas": (file(",x,y", "{i},{a},{b}", first=0), [A], B, [counts("column 1")]),
    "Chinese row numbers": (file("序号,x,y", "{i},{a},{b}"), [A], B, [counts("序号")]),
    "row numbers without a header": (file("", "{i},{a},{b}"), [A], B, [counts("column 1")]),
    "row numbers of R": (file('"x" "y"', '"{i}" {a} {b}'), [A], B, [BLANKS, counts("column 1")]),
    "counted time is no row number": (file("time,x,y", "{i},{a},{b}"), [np.arange(1, 11), A], B, []),
    "a count is needed": (file("id,y", "{i},{b}"), [np.arange(1, 11)], B, []),
    "row names of R": (
        file("x y", '"car {i}" {a} {b}'), [A], B,
        [BLANKS, "Column 1 (“column 1”) is left out: “car 1” is not a number."],
    ),
    "dates": (
        file("day,x,y", "2020-01-{i:02},{a},{b}"), [A], B,
        ["Column 1 (“day”) is left out: “2020-01-01” is not a number."],
    ),
    "a constant column": (file("x,k,y", "{a},5,{b}"), [A], B, ["Column 2 (“k”) is constant and is left out."]),
    "an empty column": (file("x,k,y", "{a},,{b}"), [A], B, ["Column 2 (“k”) is empty and is left out."]),
    "formulas of a spreadsheet": (
        file("x,f,y", "{a},=A{i}+B{i},{b}"), [A], B, ["Column 2 (“f”) is left out: “=A1+B1” is not a number."]
    ),
    # gaps
    "NA": (file("x,y", "{a},{b}") + "\n5,NA", [A], B, ["Row 12 lacks a value and is left out."]),
    "an empty cell": (file("x,y", "{a},{b}") + "\n,5", [A], B, ["Row 12 lacks a value and is left out."]),
    "an empty cell at the end": (file("x,y", "{a},{b}") + "\n5,", [A], B, ["Row 12 lacks a value and is left out."]),
    "several gaps": (
        file("x,z,y", "nan,1,2\n{a},{b},{c}").replace("\nnan", "\n#nan", 7).replace("\n#nan,1,2", ""),
        [A, B], C, ["3 rows lack a value and are left out: 9, 11, 13."],
    ),
    "many gaps": (
        file("x,y", "{a},{b}") + "\n-,1\n?,1\n.,1\nnull,1\nN/A,1\n#N/A,1\n#DIV/0!,1", [A], B,
        ["7 rows lack a value and are left out: 12, 13, 14, 15, 16, …."],
    ),
    "a gap in a column that is not used": (
        file("x,z,w,y", "{a},{b},{a},{c}").replace("15,8,15", "15,8,NA"), [A, B], C, []
    ),
    # classes
    "0 and 1": (file("x,z,y", "{a},{b},{c}"), [A, B], C, []),
    "-1 and 1": (file("x,z,y", "{a},{b},{c}", (-1, 1)), [A, B], C, ["“y” has two values: -1 becomes 0, 1 becomes 1."]),
    "1 and 2": (file("x,z,y", "{a},{b},{c}", (1, 2)), [A, B], C, ["“y” has two values: 1 becomes 0, 2 becomes 1."]),
    "2.0 and 4.0": (
        file("x,z,y", "{a},{b},{c}", (2.0, 4.0)), [A, B], C, ["“y” has two values: 2 becomes 0, 4 becomes 1."]
    ),
    "no and yes": (file("x,z,y", "{a},{b},{c}", ("no", "yes")), [A, B], C, ["“y”: no = 0, yes = 1."]),
    "False and True": (file("x,z,y", "{a},{b},{c}", ("False", "True")), [A, B], C, ["“y”: False = 0, True = 1."]),
    "FALSE and TRUE": (
        file("x;z;y", "{a};{b};{c}", ("FALSE", "TRUE")), [A, B], C, [SEMICOLONS, "“y”: FALSE = 0, TRUE = 1."]
    ),
    "nein and ja": (file("x,z,y", "{a},{b},{c}", ("nein", "ja")), [A, B], C, ["“y”: nein = 0, ja = 1."]),
    "Chinese classes": (file("x,z,y", "{a},{b},{c}", ("阴性", "阳性")), [A, B], C, ["“y”: 阴性 = 0, 阳性 = 1."]),
    "species": (
        file("x,z,y", "{a},{b},{c}", ("setosa", "versicolor")), [A, B], C, ["“y”: setosa = 0, versicolor = 1."]
    ),
    "classes in front": (file("y,x,z", "{c},{a},{b}", ("F", "M")), [A, B], C, ["“y”: F = 0, M = 1."]),
    "classes between": (file("x,y,z", "{a},{c},{b}", ("F", "M")), [A, B], C, ["“y”: F = 0, M = 1."]),
    "classes without a header": (file("", "{a},{b},{c}", ("B", "M")), [A, B], C, ["“column 3”: B = 0, M = 1."]),
    "classes in small and large letters": (
        file("x,z,y", "{a},{b},{c}", ("no", "yes")).replace("35,45,no", "35,45,NO "), [A, B], C,
        ["“y”: no = 0, yes = 1."],
    ),
    "classes of one feature": (
        file("x,y", "{a},{c}", ("no", "yes")), [A], C,
        ["“y”: no = 0, yes = 1.", "Logistic regression needs two features."],
    ),
    "three classes": (
        file("s,x,y", "{c},{a},{b}", ("a", "b")).replace("a,35", "c,35"), [A], B,
        ["Column 1 (“s”) has 3 classes and is left out; two can be used."],
    ),
    "two values that are no classes": (file("x,z,y", "{a},{b},{c}", (0.5, 1.5)), [A, B], C + 0.5, []),
    # the first of many columns
    "four columns": (file("x,z,w,y", "{a},{b},{i},{c}"), [A, B], C, []),
    "five columns with labels": (
        file("l,x,z,w,v", "{c},{a},{b},{i},{i}", ("no", "yes")), [A, B], C, ["“l”: no = 0, yes = 1."]
    ),
}  # fmt: skip
SHAPES = COMMON | {
    "UTF-8 with a mark": ("\ufeff" + file("x,y", "{a},{b}"), [A], B, []),
    "UTF-8": (file("größe,y", "{a},{b}").encode(), [A], B, []),
    "UTF-8 with a mark, as bytes": (file("größe,y", "{a},{b}").encode("utf-8-sig"), [A], B, []),
    "UTF-16": (file("größe,y", "{a},{b}").encode("utf-16"), [A], B, []),
    "UTF-16, big end first": (b"\xfe\xff" + file("größe,y", "{a},{b}").encode("utf-16-be"), [A], B, []),
    "UTF-32": (file("größe,y", "{a},{b}").encode("utf-32"), [A], B, []),
    "Unicode text of Excel": (file("x\ty", "{a},5\t{b}").encode("utf-16"), [A + 0.5], B, [TABS, comma("3,5", "3.5")]),
}


@pytest.mark.parametrize("name", SHAPES)
def test_file_is_read_as_intended_and_conversions_are_reported(name: str):
    text, features, target, notes = SHAPES[name]
    table = read_table(text)
    data = table.data()
    np.testing.assert_allclose(data.features.T, features, rtol=1e-12)
    np.testing.assert_allclose(data.targets, target, rtol=1e-12)
    assert [str(note) for note in table.notes_on()] == notes
    assert len(data.names) == len(data.columns) == len(features) + 1


@pytest.mark.parametrize("name", COMMON)
def test_line_ends_and_byte_order_marks_make_no_difference(name: str):
    text, features, target, notes = COMMON[name]
    for end in ("\n", "\r\n", "\r"):
        changed = "\n".join(io.StringIO(text, newline=None).read().splitlines()).replace("\n", end)
        for given_file in (
            changed,
            changed.encode(),
            changed.encode("utf-8-sig"),
            changed.encode("utf-16"),
            changed + end,
        ):
            table = read_table(given_file)
            np.testing.assert_allclose(table.data().features.T, features, rtol=1e-12)
            np.testing.assert_allclose(table.data().targets, target, rtol=1e-12)
            assert [str(note) for note in table.notes_on()] == notes


def test_names_come_from_the_header():
    assert read_csv(file("hours, points", "{a},{b}")).names == ("hours", "points")
    assert read_csv(file("", "{a},{b}")).names == ("column 1", "column 2")
    assert read_csv(file('"a; ""b""",', "{a},{b}")).names == ('a; "b"', "column 2")
    assert read_csv(file("id,x,y", "{i},{a},{b}")).names == ("x", "y")
    assert read_csv(file("# x y", "{a} {b}")).names == ("x", "y")
    assert read_csv(file("x,y\n(kg),[m]", "{a},{b}")).names == ("x (kg)", "y (m)")
    assert read_csv(file("x,rate (%),y", "{a},{b}%,${c}")).names == ("x", "rate (%)", "y ($)")
    assert (
        read_csv(file("x\n", "{a},{b}").replace("x\n", "x,\x07" + "long " * 20)).names[1]
        == "?" + ("long " * 20)[:39] + "…"
    )


BODY = "\n".join(f"{i},{i * i % 7},{i % 4}" for i in range(12))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("# only\n# comments", "is empty"),
        ("x,y\n" + "\n".join(f"{i},{i}" for i in range(MIN_ROWS - 1)), "9 rows"),
        ("x,y\n", "0 rows"),
        ("\n".join(f"{i},{i % 3}" for i in range(MAX_ROWS + 1)), "10001 rows"),
        ("1\n" * 400_000, "400000 rows"),
        ("x\n" + "\n".join(map(str, range(20))), "one column"),
        ("\n".join("," * MAX_COLUMNS for _ in range(20)) + "x", "201 columns"),
        (BODY + "\n1,2", "Row 13 has 2 columns, row 1 has 3"),
        ("a,b\n5,6,7\n" + BODY, "Row 1 has 2 columns, row 2 has 3"),
        (BODY + "\n1,2,3,4", "Row 13 has 4 columns, row 1 has 3"),
        ("a,b,c\n" + BODY + "\n1,2,x", r"Row 14, column 3 \(“c”\): “x” is not a number"),
        ("a,b,3\n" + BODY, r"Row 1, column 1 \(“column 1”\): “a” is not a number"),
        (file("l,2019,2020", "{c},{a},{b}", ("no", "yes")), "Row 1 has numbers and, it seems, a name"),
        (BODY + "\n1,2,-inf", "“-inf” is not a number"),
        (BODY + "\n1,2,1e999", "too large"),
        (BODY + f"\n1,2,{LARGEST * 10:.0f}", "too large"),
        (BODY + "\n1,2,1_000", "not a number"),
        (BODY + "\n1,2,٣", "not a number"),
        (BODY + "\n1,2,0x10", "not a number"),
        (BODY + "\n1,2,(5)", "not a number"),
        (BODY + "\n1,2,3 kg", "not a number"),
        (BODY + "\n1,2,=1+1", "not a number"),
        (BODY + "\n1,2,1.2.3", "not a number"),
        (file("x;y", "{a}.5;{b},5"), "“2,5” in row 2 has a decimal comma, “3.5” in row 2 a decimal point"),
        (file("x,y", '"{a},234",{b}'), r"Row 2, column 1 \(“x”\): “3,234” can be read as 3234 or as 3.234"),
        (file("x;y", "{a},234;{b}.234"), "“3,234” can be read as 3234 or as 3.234"),
        (file("", "{a} 234,5 678"), "Commas and blanks both separate numbers here"),
        (file("x,y", "{a},${b}").replace("$59", "59"), r"Row 9, column 2 \(“y”\): “59” has another sign"),
        (file("x,y", "{a},${b}").replace("$59", "€59"), "“€59” has another sign"),
        (file("x,y", "{a}%,{b}").replace("5%,59", "5,59"), "“5” has another sign"),
        (file("x,y", "{a} kg,{b}"), r"Row 2, column 1 \(“x”\): “3 kg” is not a number"),
        (file("x,y", "a{i},b{i}"), r"Row 2, column 1 \(“x”\): “a1” is not a number"),
        ("\n".join(f"{i},5" for i in range(12)), r"Column 2 \(“column 2”\) is constant"),
        ("\n".join(f"{1e9 + i * 1e-3},{i}" for i in range(12)), "Column 1"),
        ("x,y\n" + "1,yes\n" * 12, r"Column 1 \(“x”\) is constant"),
        ("x,y\n" + "\n".join(f"{i},yes" for i in range(12)), "“yes” is not a number"),
        ("a,b,c\n" + "\n".join(f"{i},{3 * i - 2},{i % 5}" for i in range(12)), "move together"),
        (file("x,y", "{a},NA").replace("3,NA", "3,5").replace("1,NA", "1,6"), "Only 2 rows have a value"),
        (BODY + '\n"1,2,3', "Row 13"),
        (BODY + '\n"' + "9" * 200_000, "cannot be read"),
        (BODY + "\0", "NUL"),
        (BODY.encode() + b"\xff", "not UTF-8"),
        ("größe,y\n".encode("cp1252") + BODY.encode(), "not UTF-8"),
        ("身高,体重\n".encode("gbk") + BODY.encode(), "not UTF-8"),
        (BODY.encode("utf-16-le"), "NUL"),
        (BODY.encode("utf-16") + b"\0", "not UTF-8"),
        (b"PK\x03\x04" + bytes(100), "Excel workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "Excel workbook"),
        ('[{"x": 1, "y": 2}]', "This is JSON"),
        ('{"x": [1, 2]}\n{"x": [3, 4]}', "This is JSON"),
        ("<!doctype html><table>", "web page"),
        ("\n <HTML><body>", "web page"),
        ('<?xml version="1.0"?><rows/>', "web page"),
        ("<table><tr><td>1</td></tr></table>", "web page"),
        ("1,2,3\n" * (MAX_BYTES // 6 + 1), "larger than 1 million"),
        (b"0" * (MAX_BYTES + 1), "larger than 1 million"),
    ],
)  # fmt: skip
def test_error_for_a_bad_file_states_what_is_wrong_and_where(text: str | bytes, says: str):
    with pytest.raises(DataError, match=says) as caught:
        read_csv(text)
    assert len(str(caught.value)) < 300 and str(caught.value).isprintable()
    assert caught.value.template.format(**caught.value.values) == str(caught.value)


def many() -> Table:
    """Several pairs in one file, as in Anscombe's data, with a column of text."""
    return read_table(file("x1,y1,x2,y2,passed", "{a},{b},{b},{i},{c}", ("no", "yes")))


@pytest.mark.parametrize(
    ("text", "features", "target"),
    [
        ("x1,y1", [A], B),
        ("1,2", [A], B),
        ("y2, x1, y1", [np.arange(1, 11), A], B),
        ("2,passed", [B], C),
        ("passed,x1", [C], A),
        ("x1,y1,5", [A, B], C),
    ],
)
def test_columns_are_chosen_by_name_or_number(text: str, features: list[Any], target: Any):
    table = many()
    roles = table.roles_of(text)
    data = table.data(roles)
    np.testing.assert_array_equal(data.features.T, features)
    np.testing.assert_array_equal(data.targets, target)
    assert table.roles_of(roles.text) == roles and data.columns == (*roles.features, roles.target)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x1", "2 or 3 columns, not 1"),
        ("1,2,3,4", "2 or 3 columns, not 4"),
        ("x1,z", "no column “z”"),
        ("1,7", "Column 7"),
        ("1,0", "Column 0"),
        ("-1,2", "no column “-1”"),
        ("x1,x1", "chosen twice"),
        ("9999999999999999,1", "no column"),
    ],
)
def test_invalid_choice_of_columns_is_refused(text: str, says: str):
    table = many()
    with pytest.raises(DataError, match=says):
        table.data(table.roles_of(text))


def test_column_that_is_omitted_by_default_can_be_chosen():
    table = read_table(file("id,x,y", "{i},{a},{b}"))
    assert table.roles == Roles((2,), 3)
    np.testing.assert_array_equal(table.data(Roles((1,), 3)).features[:, 0], np.arange(1, 11))


def test_gaps_count_only_in_the_chosen_columns():
    table = read_table(file("x,z,w,y", "{a},{b},{a},{c}") + "\n1,2,NA,0\n1,NA,3,1")
    assert table.data().n == 11
    assert [str(note) for note in table.notes_on()] == ["Row 13 lacks a value and is left out."]
    assert table.data(Roles((1,), 4)).n == 12
    assert table.data(Roles((3,), 4)).n == 11


def test_difficulty_is_the_distance_from_the_line_of_least_squares():
    data = read_csv(file("x,y", "{a},{b}"))
    line = np.polyfit(A, B, 1)
    np.testing.assert_allclose(data.difficulty, np.abs(np.polyval(line, A) - B), atol=1e-9)


HOSTILE = {
    "many columns": "1," * 499_999,
    "many columns below names": "x,y\n" + "," * 900_000,
    "quotation marks": '"' * 999_999,
    "cells that are not closed": 'a,"\n' * 180_000,
    "a huge number": "1," + "9" * 900_000,
    "a huge row number": "x,y\n" + "\n".join(f"{'9' * 9000}{i},{i}" for i in range(100)),
    "nested JSON": "[" * 999_000,
    "a long JSON number": "[" + "9" * 900_000 + "]",
    "blanks": " " * 999_000 + "1",
    "lines": "\n" * 999_000,
    "a long ruler": "-" * 900_000 + "x",
    "commented": "#\n" * 400_000,
    "one comment": "# x" * 300_000,
    "nearly a number": "\n".join(f"{'1,234' * 8},{'1 234' * 8}" for _ in range(9_000)),
    "wide": "\n".join(",".join("7" for _ in range(MAX_COLUMNS)) for _ in range(2_000)),
    "many words": "\n".join(f"w{i},v{i},u{i}" for i in range(10_000)),
    "a name like a number of digits": "x,y\n" + "\n".join(f"{'１' * 200},{i}" for i in range(1_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_within_bounds(name: str):
    """Nothing is computed from a formula in a cell, and the work is bounded: see the limits on lines and columns."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    with pytest.raises(DataError) as caught:
        read_csv(HOSTILE[name])
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert len(str(caught.value)) < 300
    assert after.ru_maxrss - before.ru_maxrss < 300_000, "kilobytes"


cells = st.sampled_from(
    [
        "1",
        "2.5",
        "-3e2",
        "",
        "x",
        "nan",
        "1,5",
        '"',
        '"7"',
        "1e300",
        " 4 ",
        "1.234",
        '"1,234"',
        "5 %",
        "$3",
        "no",
        "#",
        "//",
    ]
) | st.text(max_size=4)
tables = st.builds(
    lambda mark, rows, end: end.join(mark.join(row) for row in rows),
    st.sampled_from([",", ";", "\t", "|", " ", ", "]),
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
def test_any_bytes_are_read_or_raise_a_clear_error(given_file: str | bytes):
    try:
        data = read_csv(given_file)
    except DataError as error:
        assert len(str(error)) < 300 and str(error).isprintable()
    else:
        assert MIN_ROWS <= data.n <= MAX_ROWS and data.features.shape[1] in (1, 2)
        assert all(np.isfinite(array).all() for array in (data.features, data.targets, data.difficulty))
        assert (data.features.std(axis=0) > 0).all()
