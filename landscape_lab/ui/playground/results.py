"""The table of results as an HTML table, which screen readers support and users can copy and search."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from landscape_lab.experiments import Entry, Place, Result, Scenario, places, ranking
from landscape_lab.experiments.runs import race_of, results_of
from landscape_lab.figures.styles import styles_of
from landscape_lab.figures.theme import EntryStyle
from landscape_lab.ui.i18n.phrases import in_turn, paragraph
from landscape_lab.ui.i18n.translation import _, aloud, entry_name, say
from landscapes.critical_points import Kind
from optim_core.printed import printed

MOST_PLACES = 8
"""The maximal number of critical points to list at which no entry ended."""


def winner(scenario: Scenario) -> str:
    """Return which entries converge first and which do not converge, as text that may contain characters of Markdown.

    Only a lowest minimum counts, so the surface needs one.
    """
    if scenario.landscape.minimum_value is None:
        return _("This surface has no minimum within its map, so that no run converges.")
    rows = results_of(scenario)
    names = [entry_name(entry) for entry in scenario.entries]
    ranked = ranking(rows)
    if not ranked:
        return _("No entry converges to the lowest minimum within {steps} steps.").format(steps=scenario.steps)
    (step, first), *rest = ranked
    if len(rows) == 1:
        return _("{name} converges at step {step}.").format(name=names[0], step=step)
    one, several = _("{names} converges first, at step {step}."), _("{names} converge first, all at step {step}.")
    told = [(several if len(first) > 1 else one).format(names=in_turn(names[i] for i in first), step=step)]
    if rest:
        each = _("{name} ({step})")
        later = [each.format(name=names[i], step=place) for place, entries in rest for i in entries]
        told.append(_("Then {names}.").format(names=in_turn(later)))
    converged = {i for _step, entries in ranked for i in entries}
    if others := [name for i, name in enumerate(names) if i not in converged]:
        missing = _("Not converged to the lowest minimum within {steps} steps: {names}.")
        told.append(missing.format(steps=scenario.steps, names=in_turn(others)))
    return paragraph(told)


def results_table(scenario: Scenario) -> None:
    """Show a row for each entry with its result, cost and outcome, and below the critical points."""
    heads = [
        (_("Entry"), ""),
        (_("Outcome"), ""),
        (_("Final loss"), ""),
        (_("Distance to a minimum"), _("From the last point to the nearest minimum of the surface")),
        (
            _("Converged at step"),
            _("From this step on, at most 0.1 % of the way from the start's loss down to the minimum's is left"),
        ),
        (_("Gradient evaluations"), _("A value counts as one too, a Hessian as two")),
    ]
    head = "".join(f'<th scope="col" title="{escape(hint)}">{escape(word)}</th>' for word, hint in heads)
    rows, marks = results_of(scenario), swatches(scenario.entries)
    names = [f"{mark}{escape(entry_name(entry))}" for mark, entry in zip(marks, scenario.entries, strict=True)]
    body = "".join(map(_row, names, rows))
    caption = escape(_("Results after {steps} steps").format(steps=scenario.steps))
    table = f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    st.html(f'<div class="results">{table}</div>{_places(places(race_of(scenario), rows), names)}')


def _places(found: Sequence[Place], names: Sequence[str]) -> str:
    """Return the critical points of the surface with the entries that ended there; empty if there are none.

    `names` are the names of the entries as HTML.
    """
    listed = [place for i, place in enumerate(found) if place.entries or i < MOST_PLACES]
    if not found:
        return ""
    heads = (_("Kind"), _("Place"), _("Loss there"), _("Entries that ended there"))
    head = "".join(f'<th scope="col">{escape(word)}</th>' for word in heads)
    body = "".join(_place_row(place, names) for place in listed)
    left_out = len(found) - len(listed)
    more = _("and {count} more, where no run ended").format(count=left_out) if left_out else ""
    caption = escape(_("Critical points of the surface"))
    table = f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="results places">{table}<p>{escape(more)}</p></div>'


def _place_row(place: Place, names: Sequence[str]) -> str:
    """Return the row of a critical point."""
    words = {
        Kind.MINIMUM: _("lowest minimum") if place.lowest else _("minimum"),
        Kind.SADDLE: _("saddle"),
        Kind.MAXIMUM: _("maximum"),
        Kind.FLAT: _("flat point"),
    }
    who = [f'<span class="who">{names[i]}</span>' for i in place.entries]
    x, y = (printed(f"{at + 0.0:.4g}") for at in place.point)
    kind = f'<th scope="row">{escape(words[place.kind])}</th>'
    loss = _cell(_number(place.loss))
    return f"<tr>{kind}<td>({x}, {y})</td>{loss}<td>{in_turn(who) if who else '–'}</td></tr>"


def _row(name: str, result: Result) -> str:
    cells = [
        _number(result.final_loss),
        _number(result.distance),
        _whole(result.converged_at),
        _whole(result.evaluations),
    ]
    told = _cell(say(result.outcome), "words") + "".join(map(_cell, cells))
    return f'<tr><th scope="row">{name}</th>{told}</tr>'


def _cell(text: str, kind: str = "number") -> str:
    """Return a cell. Powers of ten have a text for screen readers."""
    spoken = aloud(text)
    label = f' aria-label="{escape(spoken)}"' if spoken != text else ""
    return f'<td class="{kind}"{label}>{escape(text)}</td>'


def swatches(entries: Sequence[Entry]) -> list[str]:
    """Return the line samples of the entries as HTML, drawn with a border because Streamlit removes SVG."""
    light, dark = (styles_of(entries, dark) for dark in (False, True))
    return [_swatch(style, night.color) for style, night in zip(light, dark, strict=True)]


def _swatch(style: EntryStyle, night: str) -> str:
    line = "solid" if not style.dash else "dashed" if style.dash[0] > style.dash[1] else "dotted"
    color = f"border-top-color: {style.color}; border-top-color: light-dark({style.color}, {night})"
    return f'<span class="swatch" style="border-top-style: {line}; {color}"></span>'


def _number(value: float | None) -> str:
    return "–" if value is None else printed(f"{value:.4g}")


def _whole(value: int | None) -> str:
    return "–" if value is None else f"{value:,}".replace(",", "\u2009")
