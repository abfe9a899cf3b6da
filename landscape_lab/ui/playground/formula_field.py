"""The field for a formula, which is typeset while it is typed, and the ends of its map."""

from typing import Any

import streamlit as st
from streamlit.components import v2

from landscape_lab.experiments import Scenario, ScenarioError, Sentence
from landscape_lab.experiments.operations import domain_settings
from landscape_lab.experiments.scenarios.scenario import on_surface
from landscape_lab.experiments.scenarios.surfaces import FORMULA, surface_of
from landscape_lab.ui import state
from landscape_lab.ui.i18n.translation import _, as_text, say
from landscape_lab.ui.knobs import Row, field
from landscapes import Landscape
from landscapes.formula import Formula
from landscapes.formula_functions import FUNCTIONS

FIRST = "x^2 + 2y^2 + sin(3x)"
"""The initial formula."""
KEY = "formula-field"

# Streamlit's own text field tells the server what was typed only after Enter.
SCRIPT = """
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const input = parentElement.querySelector("input");
  input.setAttribute("aria-label", data.label);
  if (input.dataset.shown !== data.text) input.value = input.dataset.shown = data.text;
  let later;
  input.oninput = () => {
    clearTimeout(later);
    later = setTimeout(() => setStateValue("draft", { text: input.value, of: data.text }), 150);
  };
  const enter = () => {
    clearTimeout(later);
    if (input.value !== input.dataset.shown) setTriggerValue("entered", (input.dataset.shown = input.value));
  };
  input.onkeydown = (event) => {
    if (event.key === "Enter") enter();
  };
  input.onchange = enter;
  return () => clearTimeout(later);
}
"""
HTML = '<input type="text" spellcheck="false" autocomplete="off" autocapitalize="off" maxlength="300">'
CSS = """
input {
  box-sizing: border-box; width: 100%; padding: 0.5rem 0.75rem; font: 1rem var(--st-code-font, monospace);
  color: var(--lll-text); background: var(--lll-soft);
  border: 1px solid var(--lll-rim); border-radius: var(--st-base-radius);
}
input:focus { outline: 2px solid var(--lll-accent); outline-offset: -1px; }
"""
_field = v2.component("loss_landscape_formula", html=HTML, css=CSS, js=SCRIPT)


@st.fragment
def formula_editor(scenario: Scenario) -> None:
    """Show the field, and below it the typeset formula or the position of an error."""
    shown = dict(scenario.parameters)["text"]
    # What was typed, or refused, stays in the field until there is another formula.
    text = st.session_state.get("formula typed", {}).get(shown, shown)
    label = _("Formula in x and y")
    words = _(
        "Write it as on paper, for a calculator, in LaTeX or for NumPy: x², 2xy, |x|, √(x+1), \\frac{{x}}{{2}}, "
        "np.exp(x). The coordinates are x and y, or x₁ and x₂, w1 and w2, θ₁ and θ₂ …; any other single letter becomes "
        "a slider. Functions: {functions}."
    )
    st.caption(label, help=as_text(words.format(functions=", ".join(FUNCTIONS))))
    told: Any = _field(
        data={"text": text, "label": label}, key=KEY, on_draft_change=lambda: None, on_entered_change=_entered
    )
    if st.session_state.pop("formula entered", False):
        st.rerun()
    draft = told.get("draft") or {}
    _preview(str(draft.get("text")) if draft.get("of") == text else text)


def _entered() -> None:
    text = str(st.session_state[KEY].get("entered") or "")
    surface = _read(text)
    if isinstance(surface, ScenarioError):
        shown = dict(st.session_state.scenario.parameters).get("text", "")
        st.session_state["formula typed"] = {shown: text}
        return
    st.session_state["formula typed"] = {surface.expression: text}
    state.change(lambda old: on_surface(old, FORMULA, text=text))
    st.session_state["formula entered"] = True


def _read(text: str) -> Landscape | ScenarioError:
    try:
        return surface_of(FORMULA, {"text": text})
    except ScenarioError as error:
        return error


def _preview(text: str) -> None:
    surface = _read(text)
    if isinstance(surface, ScenarioError):
        column = surface.sentence.values.get("column")
        if column:
            st.code(f"{text}\n{'^':>{column}}", language=None)
        st.markdown(f":orange[:material/edit: {as_text(say(surface.sentence))}]")
        return
    st.latex(f"L(x, y) = {surface.formula}")
    if isinstance(surface, Formula):
        for note in surface.notes:
            st.caption(f":material/info: {as_text(say(Sentence(note.template, dict(note.values))))}")


def undefined_note(landscape: Any) -> None:
    """Show how much of the map has no value, if any, for a formula."""
    if isinstance(landscape, Formula) and landscape.undefined > 0:
        share = f"{max(landscape.undefined, 0.001):.1%}" if landscape.undefined < 0.1 else f"{landscape.undefined:.0%}"
        st.caption(_("Undefined on {share} of the view: the holes in the map.").format(share=share))


def domain_rows(scenario: Scenario) -> list[Row]:
    """Return the rows of the ends of a formula's map; none for another surface."""
    names = _("Left"), _("Right"), _("Bottom"), _("Top")
    return [field(setting, name) for setting, name in zip(domain_settings(scenario), names, strict=False)]
