"""Sharing and export of the race on screen: links, QR codes, exercises and files."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from html import escape

import streamlit as st
from streamlit.components import v2

from landscape_lab.experiments import Race, Scenario, ScenarioError
from landscape_lab.experiments.export.record import MAX_BYTES, Record, file_name, read_record
from landscape_lab.experiments.runs import race_of
from landscape_lab.experiments.scenarios.exercise import PARTS, hidden_parts, knob_names, label_of
from landscape_lab.experiments.scenarios.view import EMBED, View
from landscape_lab.figures.export import KINDS, MOST_FRAMES, Movie, moving_picture, qr_code
from landscape_lab.figures.fonts import has_font_for
from landscape_lab.figures.theme import theme
from landscape_lab.ui import state
from landscape_lab.ui.charts import is_dark
from landscape_lab.ui.controls import refusal
from landscape_lab.ui.course.links import PLAYGROUND
from landscape_lab.ui.file_field import file_field
from landscape_lab.ui.i18n.phrases import in_turn
from landscape_lab.ui.i18n.translation import _, as_text, language, say
from landscape_lab.ui.jobs.waiting import Progress, deferred, run_queued
from landscape_lab.ui.own_data import own_data
from landscape_lab.ui.sharing.formats import FORMATS, FileSettings, query_text, visible_entries
from landscape_lab.ui.stage import base_path

KEY = "share"
"""The key of the expander; whether it is open is its value in the session state."""
PAGE = "pages/sharing.py"
HERE_ONLY = ("127.0.0.1", "localhost", "[::1]")

# Browsers give access to the clipboard only to pages from https or localhost; other pages fall back on execCommand.
SCRIPT = """
export default function ({ data, parentElement }) {
  const [field, button, told] = ["input", "button", "span"].map((name) => parentElement.querySelector(name));
  const link = location.origin + location.pathname + (data.query ? "?" + data.query : "");
  field.value = data.template ? data.template.replace("{link}", link) : link;
  field.setAttribute("aria-label", data.label);
  button.textContent = data.copy;
  button.setAttribute("aria-label", `${data.copy}: ${data.label}`);
  told.textContent = "";
  button.onclick = async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      if (!document.execCommand("copy")) return;
    }
    told.textContent = data.copied;
  };
}
"""
HTML = '<div><input readonly spellcheck="false"><button type="button"></button><span role="status"></span></div>'
CSS = """
:host { display: block; width: 100%; }
div { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; width: 100%; }
input, button {
  box-sizing: border-box; padding: 0.5rem 0.75rem; font: var(--lll-type) var(--st-font, sans-serif);
  color: var(--lll-text); background: var(--lll-soft); border: 1px solid var(--lll-rim);
  border-radius: var(--st-base-radius);
}
input { flex: 1 1 10rem; min-width: 0; font-family: var(--st-code-font, monospace); font-size: var(--lll-type); }
button { background: var(--lll-accent); color: var(--lll-paper); cursor: pointer; min-height: 2.4rem; }
span:empty { display: none; }
"""
_copy = v2.component("loss_landscape_copy", html=HTML, css=CSS, js=SCRIPT)


MOVIES: Mapping[str, str] = dict(zip(KINDS, ("image/gif", "image/webp"), strict=True))


def copy_field(query: Mapping[str, str], label: str, key: str, template: str = "") -> None:
    """Show a link to this page with a button that copies it. The link replaces {link} in a `template`."""
    words = {"label": label, "copy": _("Copy"), "copied": _("Copied.")}
    _copy(data={"query": query_text(query), "template": template, **words}, key=key)


def share_and_export(scenario: Scenario) -> None:
    """Show the expander below the stage. It is empty while it is closed.

    Files are made on request.
    """
    if st.session_state.pop("import done", False):
        st.rerun()
    row = st.expander(_("Share and export"), icon=":material/ios_share:", key=KEY, on_change="rerun")
    if told := st.session_state.pop("import told", None):
        kind, text = told
        (st.success if kind == "same" else st.warning)(as_text(text))
    if not row.open:
        return
    with row:
        link, files = st.columns(2, gap="large")
        with link:
            _share(scenario)
        with files:
            _export(race_of(scenario))
            _import()
        st.page_link(PAGE, label=_("All about links, embedding and exercises"), icon=":material/help:")


# Share


def _share(scenario: Scenario) -> None:
    st.markdown(f"**{_('Share')}**")
    query = state.scenario_query()
    copy_field(query, _("Link to this race"), "share-link")
    with st.container(horizontal=True, gap="small"):
        code = st.toggle(_("QR code"), key="share-qr")
        embed = st.toggle(_("Embed"), key="share-embed")
        exercise = st.toggle(_("Exercise"), key="share-exercise")
    if code:
        _code(query)
    if embed:
        st.caption(_("The picture alone, for a web page or a slide. In a window of its own it fills the window."))
        frame = '<iframe src="{link}" width="960" height="600" style="border: 0" loading="lazy"></iframe>'
        copy_field(query | {"view": EMBED}, _("HTML of a frame"), "share-frame", frame)
        copy_field(query | {"view": EMBED}, _("Link to the picture alone"), "share-alone")
    if exercise:
        names = [*PARTS, *knob_names(scenario)]
        # Pills show all names at once. A list that opens over the page closes again when the page scrolls.
        hide = st.pills(
            _("Hide from the reader"),
            names,
            selection_mode="multi",
            wrap=True,
            format_func=lambda name: _(label_of(name)),
            key="share-hide",
            help=_(
                "A hidden control is missing from the page; its setting stays as it is. The page says what it hides."
            ),
        )
        if hide:
            more = sorted(hidden_parts(scenario, hide) - set(hide), key=label_of)
            if more:
                also = _("Hidden with it: {names}.").format(names=in_turn(_(label_of(name)) for name in more))
                st.caption(also)
            copy_field(query | {"hide": ",".join(sorted(hide))}, _("Link to the exercise"), "share-exercise-link")


def _code(query: Mapping[str, str]) -> None:
    address = f"{str(st.context.url or '').rstrip('/')}?{query_text(query)}"
    code = qr_code(address, theme())
    if code is None:
        st.info(
            _("The link is too long for a QR code: {count} characters. Fewer entries make it shorter.").format(
                count=len(address)
            )
        )
        return
    st.image(
        code,
        width=320,
        caption=_("The race on screen, for the phones in a lecture hall"),
        alt=_("QR code with the link to this race"),
    )
    if any(f"//{host}" in address for host in HERE_ONLY):
        st.caption(
            _(
                "This address works on this machine only. For a whole room, start the app with `make run HOST=0.0.0.0` "
                "and open this page under the machine's own address."
            )
        )


# Export


def _export(race: Race) -> None:
    st.markdown(f"**{_('Export')}**")
    losses = st.toggle(_("Loss curves in pictures"), value=True, key="share-losses")
    settings = FileSettings(replace(state.view(), embed=False, hide=()), is_dark(), losses)
    with st.container(horizontal=True, gap="small"):
        for ending, of in FORMATS.items():
            st.download_button(
                ending.upper(),
                deferred(of.make(race, settings)),
                file_name(race.scenario, ending),
                of.mime,
                key=f"export-{ending}",
                help=_(of.help),
                on_click="ignore",
                icon=":material/download:",
            )
        wanted = [
            kind
            for kind in MOVIES
            if st.button(
                f"{kind.upper()} …",
                key=f"export-{kind}",
                icon=":material/movie:",
                help=_("The map as an animation. This takes a while."),
            )
        ]
    _movies(race, settings, wanted)
    if not has_font_for(*visible_entries(race, settings, drawn=True)["labels"]):
        st.caption(
            _("The machine that serves this page has no font for some of the names: PNG, PDF, GIF and WebP show boxes.")
        )


def _movies(race: Race, settings: FileSettings, wanted: list[str]) -> None:
    """Draw the requested animations, and keep them until the race, the view, the theme or the language changes."""
    of = f"{race.scenario.text} {settings} {language()}"
    made: dict[str, Movie] = st.session_state.setdefault("movies", {})
    if st.session_state.get("movies of") != of:
        made.clear()
        st.session_state["movies of"] = of
    steps = race.scenario.steps
    for kind in wanted:
        progress, entries = Progress(), visible_entries(race, settings, drawn=True)
        drawn = partial(
            moving_picture,
            race.landscape,
            steps=steps,
            kind=kind,
            title=race.landscape.label,
            progress=progress,
            **entries,
        )
        [made[kind]] = run_queued([drawn], st.empty(), progress)
    for kind, movie in made.items():
        if steps >= MOST_FRAMES:
            thinned = _(
                "{frames} of the {steps} steps are drawn, the first ones closer together: more would be too large."
            )
            st.caption(thinned.format(frames=movie.frames, steps=steps + 1))
        label = _("Save the {kind}: {frames} frames, {size} MB")
        st.download_button(
            label.format(kind=kind.upper(), frames=movie.frames, size=f"{len(movie.file) / 1e6:.1f}"),
            movie.file,
            file_name(race.scenario, kind),
            MOVIES[kind],
            key=f"save-{kind}",
            on_click="ignore",
            type="primary",
            icon=":material/download:",
        )


# Import


def _import() -> None:
    st.markdown(f"**{_('Import')}**")
    file_field(
        _("A run that was exported as CSV or JSON"),
        type=["csv", "json"],
        key="import-file",
        max_upload_size=MAX_BYTES // 1_000_000,
        on_change=_read,
    )
    refusal(st.session_state.pop("import refused", None))


def _read() -> None:
    """Replace the scenario and the view of the page by those of the file, if the file is valid."""
    file = st.session_state["import-file"]
    if file is None:
        return
    try:
        record = read_record(file.getvalue(), own_data())
        shown = View.from_query(record.view)
        shown.check_hidden(len(record.scenario.entries))
        state.replace_scenario(record.scenario, shown)
    except ScenarioError as error:
        st.session_state["import refused"] = error.sentence
        return
    st.session_state["import told"] = _compared(record)
    st.session_state["import done"] = True


def _compared(record: Record) -> tuple[str, str]:
    difference = record.difference(race_of(record.scenario))
    if difference is None:
        return "same", _("Imported: the run on screen is the one in the file, to the last step.")
    return "other", f"{_('Imported; the run was computed again.')} {say(difference)}"


# The page on sharing


LIVE = {
    "surface": "himmelblau",
    "lanes": "gradient_descent(learning_rate=0.01),momentum(learning_rate=0.01),adam(learning_rate=0.3)",
    "steps": "150",
}
"""Query of the race in the live examples."""
EXERCISE = LIVE | {"lanes": 'momentum(learning_rate=0.02,name="mystery")', "hide": "learning_rate,results"}


def parts_table() -> None:
    """Show the table of the names that `hide=` accepts."""
    head = f'<tr><th scope="col">{escape(_("hide="))}</th><th scope="col">{escape(_("What is hidden"))}</th></tr>'
    rows = [(name, _(part.label)) for name, part in PARTS.items()]
    rows.append(
        (_("the name of a setting"), _("this setting of every optimizer, of the surface and of the noise: beta1 …"))
    )
    body = "".join(f"<tr><th scope='row'>{escape(name)}</th><td>{escape(what)}</td></tr>" for name, what in rows)
    st.html(f'<div class="results"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>')


def live_example() -> None:
    """Show the stage alone in a frame, as on another page."""
    query = query_text(LIVE | {"view": EMBED} | state.reader_query())
    base = base_path().strip("/")
    st.iframe(f"{'/' + base if base else ''}/playground?{query}", height=460, alt=_("The picture alone in a frame"))
    # Without syntax highlighting, because Streamlit's colours for HTML have too little contrast.
    st.code(
        f'<iframe src="…/playground?{query}" width="960" height="600" style="border: 0"></iframe>',
        None,
        wrap_lines=True,
    )


def exercise_example() -> None:
    """Show the address of an exercise and a link that opens it."""
    st.code(f"…/playground?{query_text(EXERCISE)}", None, wrap_lines=True)
    st.page_link(PLAYGROUND, label=_("Open this exercise"), icon=":material/arrow_forward:", query_params=EXERCISE)
