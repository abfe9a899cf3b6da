"""Generate the modules with the catalog's NumPy code and critical points, so that the app starts without SymPy.

Usage: python -m landscapes.generate
"""

from dataclasses import replace
from pathlib import Path

from landscapes.catalog import LANDSCAPES
from landscapes.codegen import functions_text, parameters_of, trusted, trusted_latex

CODE_FILE = Path(__file__).with_name("generated_code.py")
POINTS_FILE = Path(__file__).with_name("generated_points.py")

HEAD = '''"""{what} Generated from the catalog by `python -m landscapes.generate`; do not edit."""
# fmt: off
# ruff: noqa: E501

{imports}
'''


def code_text() -> str:
    """The text of a module with the functions of every surface, and `CODE`, which maps expressions to `Code`."""
    functions, table = [], []
    for key, surface in LANDSCAPES.items():
        expression = trusted(surface.expression)
        latex = trusted_latex(surface.expression, {name: knob.symbol for name, knob in surface.knobs.items()})
        functions += functions_text(key, expression)
        names = f"{key}_value, {key}_gradient, {key}_hessian"
        table.append(f'    "{surface.expression}": Code({parameters_of(expression)!r}, r"{latex}", {names}),\n')
    imports = "import math\n\nimport numpy as np\n\nfrom landscapes.surface_code import Code"
    head = HEAD.format(what="NumPy code for every surface.", imports=imports)
    return head + "\n\n" + "\n\n".join(functions) + "\n\nCODE: dict[str, Code] = {\n" + "".join(table) + "}\n"


def points_text() -> str:
    """The text of a module with `POINTS`, which maps keys to critical points for default parameters."""
    head = HEAD.format(
        what="The critical points of every surface.", imports="from landscapes.critical_points import CriticalPoints"
    )
    table = ""
    for key, surface in LANDSCAPES.items():
        found = replace(surface, listed=None).critical_points
        kinds = "".join(f"        {name}={points!r},\n" for name, points in found._asdict().items() if points)
        table += f'    "{key}": CriticalPoints(\n{kinds}    ),\n'
    return f"{head}\nPOINTS: dict[str, CriticalPoints] = {{\n{table}}}\n"


if __name__ == "__main__":
    CODE_FILE.write_text(code_text(), encoding="utf-8")
    POINTS_FILE.write_text(points_text(), encoding="utf-8")
