"""The time from the text of a formula to a surface, and to its critical points.

    python -m benchmarks.formula

The goal is a second for any text, over the corpus of the tests: honest, odd and hostile.
"""

import importlib
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks.machine import load, machine
from landscapes import Formula, FormulaError, parse_formula

sys.path.append(str(Path(__file__).parents[1] / "tests/landscapes"))
corpus = importlib.import_module("formula_corpus")

LONGEST = {
    "a tower of powers": "^".join("xy" * 9),
    "a product of powers": "*".join(["(x^y)"] * 24),
    "a product of sines": "*".join(f"sin({i}x+y)" for i in range(1, 14)),
    "a sum of sines": "+".join(f"sin({i}x y)" for i in range(1, 14)),
    "tangents inside each other": "tan(x/" * 9 + "y" + ")" * 9,
    "quotients of powers": "/".join(f"tan({i}x)^y" for i in range(1, 12)),
    "kinks": "+".join(f"abs(sin({i}x) - y)" for i in range(1, 9)),
}
"""The most expensive formulas within the limits."""

COLD = """
import time
from landscapes import parse_formula
begin = time.perf_counter()
parse_formula("(1-x)^2 + 100(y-x^2)^2")
print(time.perf_counter() - begin)
"""


def milliseconds(work: Callable[[], object]) -> float:
    """The best of three times in milliseconds."""
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return 1000 * min(times)


def made(text: str) -> Formula | None:
    """The surface, or None if the text is refused."""
    try:
        return parse_formula(text)
    except FormulaError:
        return None


def row(name: str, texts: list[str]) -> None:
    """Print one line: the number of texts refused, and the times of parsing and of the search for critical points."""
    read = [milliseconds(lambda text=text: made(text)) for text in texts]
    surfaces = [surface for surface in map(made, texts) if surface is not None]
    refused = len(texts) - len(surfaces)
    line = f"{name:28}{len(texts):7}{refused:9}{median(read):12.2f}{max(read):9.2f}"
    if surfaces:
        points = [
            milliseconds(lambda s=s: replace(s).critical_points) for s in surfaces
        ]  # copies, without the cached results
        operations = [surface.operations for surface in surfaces]
        line += f"{median(operations):12.0f}{max(operations):7}{median(points):13.0f}{max(points):9.0f}"
    print(line)


def main() -> None:
    """Print one line for each kind of text, then one for each of the longest."""
    print(machine(), load())
    cold = [
        float(subprocess.run([sys.executable, "-c", COLD], check=True, capture_output=True).stdout) for _ in range(5)
    ]
    print(f"the first formula of a process: {1000 * median(cold):.1f} ms; all times in milliseconds\n")
    print(f"{'':44}{'to a surface':>21}{'operations':>19}{'critical points':>22}")
    print(f"{'texts':28}{'':7}{'refused':>9}{'median':>12}{'max':>9}{'median':>12}{'max':>7}{'median':>13}{'max':>9}")
    for name, texts in {"honest": corpus.HONEST, "odd": corpus.ODD, "hostile": corpus.REFUSED}.items():
        row(name, list(texts))
    for name, text in LONGEST.items():
        row(name, [text])


if __name__ == "__main__":
    main()
