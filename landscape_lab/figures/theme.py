"""The only source of colours, dashes, markers, fonts and sizes.

A figure is built for one theme, and each of its colours is a string of that theme. Light and dark differ by a
replacement of these strings (`recolor`), so that a browser can change the theme of a figure without a request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from math import atan2, cos, degrees, hypot, pi, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

FONT = "'Source Sans', 'Source Sans Pro', system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
FONT_SIZE = 14
"""Pixels: readable from the back row when projected."""
LINE_WIDTH = 3
HALO_WIDTH = 5.5
"""Width of the line in the colour of the paper beneath each path, which separates it from the surface."""
MARKER_SIZE = 12
LARGE = 12 / 7
"""The factor by which type, lines and markers are enlarged for a lecture hall."""

TYPE: Mapping[str, int] = {"small": 13, "type": FONT_SIZE, "lead": 17, "big": 20, "title": 34}
"""The sizes of type on a page, in pixels, by their names in style sheets."""
SPACES = (0, 1, 2, 4, 8, 12, 16, 24, 32)
"""The allowed distances on a page, in pixels; a test checks the style sheets."""


@dataclass(frozen=True)
class EntryStyle:
    """The style of one curve or path in one theme, distinguishable with colour blindness and in print."""

    color: str
    dash: tuple[float, ...]
    """Pixels on, off, on, ...; empty for a solid line. The format of a canvas's `setLineDash`."""
    marker: str
    """A key of `MARKERS`, and the name of the same symbol in Plotly."""
    number: int = 0
    """The number of this copy among several entries with the same optimizer; 0 for the only one."""

    @property
    def plotly_dash(self) -> str:
        return ",".join(f"{length:g}px" for length in self.dash) or "solid"


def _star_polygon(points: int, inner: float = 1.0, turn: float = 0.0) -> tuple[tuple[float, float], ...]:
    """The corners of a star, or of a regular polygon if `inner` is 1: one corner up, rotated by `turn` degrees."""
    count = points if inner == 1 else 2 * points
    radii = (1.0, inner)
    angles = [pi / 2 + turn * pi / 180 + 2 * pi * i / count for i in range(count)]
    return tuple((round(radii[i % 2] * cos(a), 4), round(radii[i % 2] * sin(a), 4)) for i, a in enumerate(angles))


def _cross(arm: float = 0.38, reach: float = 0.95) -> tuple[tuple[float, float], ...]:
    quarter = [(arm, arm), (arm, reach), (-arm, reach)]
    turns = [(1, 0), (0, 1), (-1, 0), (0, -1)]
    return tuple((c * x - s * y, s * x + c * y) for c, s in turns for x, y in quarter)


def _turned(outline: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    return tuple((round((x - y) / 2**0.5, 4), round((x + y) / 2**0.5, 4)) for x, y in outline)


MARKERS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "circle": tuple((0.9 * x, 0.9 * y) for x, y in _star_polygon(24)),
    "square": tuple((1.1 * x, 1.1 * y) for x, y in _star_polygon(4, turn=45)),
    "triangle-up": _star_polygon(3),
    "diamond": _star_polygon(4),
    "cross": _cross(),
    "star": _star_polygon(5, inner=0.45),
    "triangle-down": _star_polygon(3, turn=180),
    "pentagon": _star_polygon(5),
    "x": _turned(_cross()),
    "hexagram": _star_polygon(6, inner=0.55),
    "triangle-right": _star_polygon(3, turn=-90),
    "triangle-left": _star_polygon(3, turn=90),
    "star-diamond": _star_polygon(4, inner=0.4),
    "star-triangle-up": _star_polygon(3, inner=0.3),
    "star-triangle-down": _star_polygon(3, inner=0.3, turn=180),
    "bowtie": ((-0.9, 0.65), (0.0, 0.15), (0.9, 0.65), (0.9, -0.65), (0.0, -0.15), (-0.9, -0.65)),
    "hourglass": ((-0.65, 0.9), (0.65, 0.9), (0.15, 0.0), (0.65, -0.9), (-0.65, -0.9), (-0.15, 0.0)),
    "diamond-tall": ((0.0, 1.1), (-0.6, 0.0), (0.0, -1.1), (0.6, 0.0)),
    "diamond-wide": ((0.0, 0.6), (-1.1, 0.0), (0.0, -0.6), (1.1, 0.0)),
}
"""The outline of every marker, (x, y) in the unit circle with y upwards, for a canvas or an image to fill."""

DASHES: tuple[tuple[float, ...], ...] = ((), (9, 5), (2, 5), (10, 4, 2, 4))


@dataclass(frozen=True)
class Theme:
    """All colours except the shades in `styles`. `scale` runs from valley to peak.

    The colours of optimizers and of series were found by a search: of maximal distance for full colour vision and under
    simulated protanopia, deuteranopia and tritanopia, among those with a contrast of 3:1 against the page and the plot.
    The same place has the same hue in both themes.
    """

    paper: str
    plot: str
    text: str
    muted: str
    grid: str
    halo: str
    line: str
    """Contour lines: a translucent colour that darkens (or lightens) the surface."""
    relief_line: str
    """Contour lines in three dimensions, opaque because WebGL does not draw translucent lines."""
    ink: str
    """Minima and saddles."""
    soft: str
    """The background of a control."""
    rim: str
    """The edge of a control, and the line between two rows."""
    accent: str
    """The colour of what can be pressed or is selected. Readable as text on a tint of itself."""
    warning: str
    shade: str
    """The shadow of overlays."""
    scale: tuple[str, ...]
    optimizers: tuple[str, ...]
    series: tuple[str, ...]
    """Muted colours of curves that are no optimizers."""

    @property
    def colorscale(self) -> list[list[Any]]:
        """The scale in Plotly's format."""
        last = len(self.scale) - 1
        return [[round(i / last, 6), color] for i, color in enumerate(self.scale)]

    def as_payload(self) -> dict[str, Any]:
        colors = {name: value for name, value in asdict(self).items() if isinstance(value, str)}
        return colors | {"colorscale": self.colorscale}


Oklch = tuple[float, float, float]
"""Lightness 0 to 1, chroma, hue in degrees (Björn Ottosson, "A perceptual color space for image processing", 2020)."""

_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _even_scale(valley: Oklch, peak: Oklch, count: int = 9) -> tuple[str, ...]:
    """A straight line in OKLab: all steps from valley to peak look equally large."""
    return tuple("#{:02x}{:02x}{:02x}".format(*rgb) for rgb in shades((valley, peak), count).tolist())


def shades(stops: Sequence[Oklch], count: int) -> NDArray[np.uint8]:
    """RGB colours (count, 3) along straight lines in OKLab from stop to stop."""
    lab = np.array([[light, c * cos(h * pi / 180), c * sin(h * pi / 180)] for light, c, h in stops])
    at = np.linspace(0, len(stops) - 1, count)
    lab = np.stack([np.interp(at, np.arange(len(stops)), channel) for channel in lab.T], axis=1)
    linear = (lab @ np.linalg.inv(_LAB).T) ** 3 @ np.linalg.inv(_LMS).T
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.clip(linear, 0, None) ** (1 / 2.4) - 0.055)
    return np.rint(255 * srgb.clip(0, 1)).astype(np.uint8)


def oklch_of(color: str) -> Oklch:
    """The colour "#rrggbb" in OKLCH."""
    srgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    light, a, b = (_LAB @ np.cbrt(_LMS @ linear)).tolist()
    return light, hypot(a, b), degrees(atan2(b, a)) % 360


STATIONARY: tuple[Oklch, ...] = (
    *((0.24, 0.080, 275), (0.40, 0.130, 262), (0.58, 0.130, 240), (0.76, 0.105, 215), (0.90, 0.060, 195)),
    (0.985, 0.015, 180),
)
"""On a map: runs that became stationary, from the fastest to the slowest. The slowest are nearly white, as are the
slowest of those that diverge, so that the border between the two is bright."""
ESCAPED: tuple[Oklch, ...] = (
    *((0.20, 0.060, 10), (0.36, 0.130, 18), (0.53, 0.180, 32), (0.70, 0.170, 55), (0.86, 0.140, 85)),
    (0.975, 0.050, 100),
)
"""On a map: runs that diverged, from the fastest to the slowest."""
BOUNDED: tuple[Oklch, ...] = ((0.72, 0.050, 320), (0.42, 0.070, 310))
"""On a map: runs that neither became stationary nor diverged, from the lowest to the highest loss."""
BASIN_HUES: tuple[float, ...] = (255, 55, 165, 350, 100, 305, 210, 25, 130, 285, 75, 330, 190, 5, 235, 115, 270)
"""On a map: the hue of each minimum; neighbours in this list differ in lightness too."""


def basin(place: int) -> tuple[Oklch, ...]:
    """The colours of the basin of the minimum with this index, from the fastest to the slowest run."""
    hue, lift = BASIN_HUES[place % len(BASIN_HUES)], (0.0, 0.10, 0.05)[place % 3]
    return (0.86 + lift / 2, 0.075, hue), (0.62 + lift, 0.135, hue), (0.28 + lift / 2, 0.085, hue)


LIGHT = Theme(
    paper="#ffffff",
    plot="#f8f9fb",
    text="#31333f",
    muted="#636979",
    grid="#e3e6ec",
    halo="#fffffe",
    line="rgba(31,55,82,0.26)",
    relief_line="#8aa9c1",
    ink="#1d2733",
    soft="#f1f3f7",
    rim="#d4d9e2",
    accent="#1f57dc",
    warning="#b04a0c",
    shade="rgba(20,30,50,0.16)",
    scale=_even_scale((0.76, 0.072, 242), (0.97, 0.015, 95)),
    optimizers=("#3d8afe", "#d37317", "#9006e4", "#1a7d88", "#db244a", "#ad62c7", "#646b05", "#2d4ea0"),
    series=("#00374c", "#b67c6b", "#7d87bd", "#4d553d", "#835682", "#4b2600"),
)
DARK = Theme(
    paper="#0e1117",
    plot="#151a22",
    text="#fafafa",
    muted="#a2a9b6",
    grid="#2b313c",
    halo="#0b0e13",
    line="rgba(196,216,240,0.20)",
    relief_line="#53697f",
    ink="#f4f6fa",
    soft="#1d232d",
    rim="#38404d",
    accent="#8ab4f8",
    warning="#f0955a",
    shade="rgba(0,0,0,0.5)",
    scale=_even_scale((0.185, 0.045, 265), (0.46, 0.050, 232)),
    optimizers=("#5abcfd", "#f8b984", "#b569f9", "#62fbde", "#f0405c", "#fe7fc0", "#e2f24f", "#6b84cc"),
    series=("#abfcff", "#f0d2aa", "#7885ab", "#65b29b", "#c5afe9", "#a47f4c"),
)


PAGE_COLORS = ("text", "paper", "muted", "soft", "rim", "accent", "warning", "shade")
"""The colours of a theme that are variables of style sheets, `--lll-text` and so on."""
OVER: Mapping[str, str] = {"dark": "#000000cc", "light": "#ffffff", "veil": "#00000077"}
"""Colours over a map of any colours: a double line of dark and light, and a veil that dims the rest."""


def theme(dark: bool = False) -> Theme:
    """The colours of the light or the dark page."""
    return DARK if dark else LIGHT


@cache
def theme_payload() -> dict[str, Any]:
    """The data with which a browser draws and recolours figures: both themes, marker outlines and the font.

    They are shared, and must not be changed.
    """
    return {"light": LIGHT.as_payload(), "dark": DARK.as_payload(), "markers": MARKERS, "font": FONT}


def style_variables() -> str:
    """The style sheet with the variables of colours and sizes, `--lll-text` and so on, for both themes."""
    light, dark = ({name: asdict(each)[name] for name in PAGE_COLORS} for each in (LIGHT, DARK))
    either = {name: f"light-dark({light[name]}, {dark[name]})" for name in PAGE_COLORS}
    sizes = {name: f"calc({size}px * var(--lll-scale))" for name, size in TYPE.items()}
    over = {f"over-{name}": color for name, color in OVER.items()}
    # Browsers before 2024 lack light-dark() and follow the system's theme, which is also the app's default.
    return (
        _root({"scale": "1", **sizes, **over, **either})
        + f"@supports not (color: light-dark(red, red)) {{\n{_root(light)}"
        + f"@media (prefers-color-scheme: dark) {{\n{_root(dark)}}}\n}}\n"
        + _root({"scale": str(LARGE), "small": f"{FONT_SIZE * LARGE:g}px"}, ".lll-large")
    )


def _root(variables: Mapping[str, str], where: str = "") -> str:
    lines = "".join(f"  --lll-{name}: {value};\n" for name, value in variables.items())
    return f":root{where} {{\n{lines}}}\n"


def recolor(figure: Any, old: Theme, new: Theme) -> Any:
    """A figure (dicts, lists, strings, arrays) with the colours of one theme replaced by those of another."""
    exchange = dict(zip(_colors(old), _colors(new), strict=True))

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: walk(value) for key, value in node.items()}
        if isinstance(node, list | tuple):
            return [walk(value) for value in node]
        return exchange.get(node, node) if isinstance(node, str) else node

    return walk(figure)


def enlarged(figure: dict[str, Any], by: float = LARGE) -> dict[str, Any]:
    """A figure with type, lines and markers enlarged by a factor, for projection."""

    def walk(node: Any, inside: str = "") -> Any:
        if isinstance(node, dict):
            return {
                key: _larger(value, by) if _is_size(key, inside) else walk(value, key) for key, value in node.items()
            }
        return [walk(item, inside) for item in node] if isinstance(node, list | tuple) else node

    return walk(figure)


def _is_size(key: str, inside: str) -> bool:
    return (key == "size" and (inside.endswith("font") or inside == "marker")) or (key == "width" and inside == "line")


def _larger(value: Any, by: float) -> Any:
    return value * by if isinstance(value, int | float) else value


def blended(color: str, ground: str, part: float) -> str:
    """The hexadecimal colour of `part` of a colour over a ground."""
    over, under = (np.array(list(bytes.fromhex(each[1:]))) for each in (color, ground))
    return "#{:02x}{:02x}{:02x}".format(*np.rint(part * over + (1 - part) * under).astype(int).tolist())


def head_marker(style: EntryStyle, edge: str) -> dict[str, Any]:
    """The marker at the end of an entry's path, in Plotly's format."""
    return {"symbol": style.marker, "color": style.color, "size": MARKER_SIZE, "line": {"color": edge, "width": 1.5}}


def head_mode(style: EntryStyle, edge: str) -> dict[str, Any]:
    """What a trace shows at the end of an entry's path: its marker, with the number of a copy on it."""
    if not style.number:
        return {"mode": "lines+markers"}
    font = {"size": MARKER_SIZE - 3, "color": edge, "weight": 700}
    return {
        "mode": "lines+markers+text",
        "text": [str(style.number)],
        "textposition": "middle center",
        "textfont": font,
    }


def _colors(one: Theme) -> list[str]:
    single = (value for value in asdict(one).values() if isinstance(value, str))
    return [*single, *one.scale, *one.optimizers, *one.series]
