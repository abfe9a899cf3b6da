"""The style sheets use only the colours, font sizes and distances of figures/theme.py."""

import re
import tomllib
from pathlib import Path

import pytest

from landscape_lab.figures.theme import DARK, LIGHT, PAGE_COLORS, SPACES, TYPE, Theme, style_variables
from tests.figures.vision import contrast

ROOT = Path(__file__).parents[2]
SHEETS = sorted((ROOT / "landscape_lab/ui").rglob("*.css"))
WRITTEN = [
    *SHEETS,
    *sorted((ROOT / "landscape_lab/ui").rglob("*.js")),
    *sorted((ROOT / "landscape_lab/ui").rglob("*.html")),
]
MODULES = sorted(path for folder in ("landscape_lab/ui", "pages") for path in (ROOT / folder).rglob("*.py"))
COLOR = re.compile(r"#[0-9a-fA-F]{3,8}\b(?!;)|\brgba?\(\s*\d[^)]*\)|\bhsla?\(")
NOTHING = {"rgba(0,0,0,0)"}
REM = 16
FITTED = {"var(--lll-worked, var(--lll-lead))"}
"""Sizes that a script fits to the room."""
SET_BY_SCRIPTS = {
    *("--lll-top", "--lll-color", "--lll-own", "--lll-worked", "--lll-pinch", "--lll-pinch-edge"),
    *("--lll-sheet", "--lll-sheet-width", "--lll-map-rows", "--lll-map-lines"),
    *("--lll-print-width", "--lll-print-height", "--lll-print-zoom"),
}
ids = [str(path.relative_to(ROOT)) for path in SHEETS]


def plain(path: Path) -> str:
    """A style sheet without its comments."""
    return re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def values(text: str, properties: str) -> list[str]:
    return [found[1].strip() for found in re.finditer(rf"(?:^|[\s;{{])(?:{properties}):([^;}}]+)", text)]


@pytest.mark.parametrize("path", [*WRITTEN, *MODULES], ids=lambda path: str(path.relative_to(ROOT)))
def test_colors_are_those_of_the_theme(path: Path):
    assert set(COLOR.findall(path.read_text(encoding="utf-8"))) <= NOTHING


@pytest.mark.parametrize("path", SHEETS, ids=ids)
def test_font_sizes_are_of_one_scale(path: Path):
    text = plain(path)
    allowed = {f"var(--lll-{name})" for name in TYPE} | {"inherit", "0.75em", "24px", "max(24px, 1em)"} | FITTED
    sizes = [size.removesuffix(" !important") for size in values(text, "font-size")] + [
        found for font in values(text, "font") for found in re.findall(r"\S*(?:var\(--lll-\w+\)|\d(?:px|rem|em))", font)
    ]
    assert set(sizes) <= allowed


@pytest.mark.parametrize("path", SHEETS, ids=ids)
def test_distances_are_of_one_scale(path: Path):
    wrong = []
    for value in values(plain(path), r"gap|column-gap|row-gap|padding(?:-\w+)?|margin(?:-\w+)?"):
        for number, unit in re.findall(r"(?<![\w(-])-?([\d.]+)(px|rem)", re.sub(r"calc\(.*\)", "", value)):
            pixels = float(number) * (REM if unit == "rem" else 1)
            if pixels not in SPACES and pixels != HEAD:
                wrong.append(value)
    assert wrong == []


HEAD = 3.75 * REM
"""What the head of Streamlit's page covers."""


def test_every_variable_is_defined():
    defined = set(re.findall(r"(--lll-[\w-]+):", style_variables() + "".join(map(plain, SHEETS))))
    used = {name for path in [*WRITTEN, *MODULES] for name in re.findall(r"var\((--lll-[\w-]+)", path.read_text())}
    assert used - defined == SET_BY_SCRIPTS, "only the variables set by scripts may lack a definition"


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_streamlit_has_the_same_theme(colors: Theme):
    given = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    own = given["light" if colors is LIGHT else "dark"]
    assert own == {
        "backgroundColor": colors.paper,
        "secondaryBackgroundColor": colors.soft,
        "textColor": colors.text,
        "primaryColor": colors.accent,
        "borderColor": colors.rim,
        "linkColor": colors.accent,
    }
    heads = {float(size.removesuffix("rem")) * REM for size in given["headingFontSizes"]}
    assert heads <= set(TYPE.values())


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_sufficient_contrast_on_the_page_and_its_controls(colors: Theme):
    for ground in (colors.paper, colors.soft):
        assert min(contrast(word, ground) for word in (colors.text, colors.muted, colors.accent, colors.warning)) >= 4.5
    assert contrast(colors.paper, colors.accent) >= 4.5


def test_both_themes_are_in_the_style_sheet():
    sheet = style_variables()
    assert all(f"light-dark({getattr(LIGHT, name)}, {getattr(DARK, name)})" in sheet for name in PAGE_COLORS)
