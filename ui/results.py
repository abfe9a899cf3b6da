"""The table of results: a real table, so that it can be read aloud, copied and searched."""

from html import escape

import streamlit as st

from experiments import Race, Result, results
from figures.theme import LANE_STYLES
from ui.words import _, lane_name, say


def results_table(race: Race) -> None:
    """One row for each lane: what it reached, what it cost, and how it ended in words."""
    heads = [
        (_("Lane"), ""),
        (_("Outcome"), ""),
        (_("Final loss"), ""),
        (_("Distance to a minimum"), _("From the last point to the nearest minimum of the surface")),
        (
            _("Steps to tolerance"),
            _("From this step on, 99.9 % of the way from the start's loss down to the lowest minimum is done"),
        ),
        (_("Gradient evaluations"), _("A value counts as one too, a Hessian as two")),
    ]
    head = "".join(f'<th scope="col" title="{escape(hint)}">{escape(word)}</th>' for word, hint in heads)
    body = "".join(
        _row(i, lane_name(lane), result)
        for i, (lane, result) in enumerate(zip(race.scenario.lanes, results(race), strict=True))
    )
    caption = escape(_("Results after {steps} steps").format(steps=race.scenario.steps))
    table = f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    st.html(f'<div class="results">{table}</div>')


def _row(place: int, name: str, result: Result) -> str:
    cells = [
        _number(result.final_loss),
        _number(result.distance),
        _whole(result.steps_to_tolerance),
        _whole(result.evaluations),
    ]
    numbers = "".join(f'<td class="number">{cell}</td>' for cell in cells)
    head = f'<th scope="row">{_swatch(place)}{escape(name)}</th>'
    return f"<tr>{head}<td>{escape(say(result.outcome))}</td>{numbers}</tr>"


def _swatch(place: int) -> str:
    # Drawn with a border: Streamlit lets no SVG through.
    style = LANE_STYLES[place % len(LANE_STYLES)]
    line = "dashed" if style.dash else "solid"
    return f'<span class="swatch" style="border-top-style: {line}; border-top-color: {style.color}"></span>'


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _whole(value: int | None) -> str:
    return "–" if value is None else f"{value:,}".replace(",", "\u2009")
