"""Tables of numbers as HTML, which screen readers support and users can copy and search."""

from collections.abc import Iterable, Sequence
from html import escape

import streamlit as st

from landscape_lab.ui.i18n.translation import _


def numbers_table(
    kind: str, caption: str, heads: Sequence[tuple[str, str]], names: Iterable[str], rows: Iterable[Sequence[str]]
) -> None:
    """Show a row of numbers for each entry.

    kind   the class of the table in the style sheet
    heads  the heads of the columns with numbers, each with a hint or ""
    names  the names of the entries as HTML
    """
    head = "".join(
        f'<th scope="col" title="{escape(hint)}">{escape(text)}</th>' for text, hint in [(_("Entry"), ""), *heads]
    )
    body = ""
    for name, cells in zip(names, rows, strict=True):
        numbers = "".join(
            f'<td class="number" data-label="{escape(label)}">{escape(cell)}</td>'
            for (label, _hint), cell in zip(heads, cells, strict=True)
        )
        body += f'<tr><th scope="row">{name}</th>{numbers}</tr>'
    table = f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    st.html(f'<div class="results {kind}">{table}</div>')
