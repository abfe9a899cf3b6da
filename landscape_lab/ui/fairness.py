"""The page of fair comparisons, and the link to it."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from landscape_lab.experiments import RACES, Entry, Scenario
from landscape_lab.experiments.convergence import is_below
from landscape_lab.experiments.fairness import (
    NARROW,
    RATE,
    SOURCES,
    Comparison,
    Tuning,
    bands,
    equal_race,
    final_losses,
    is_narrow,
    profile,
    profile_notes,
    rounds,
    single_rate_winners,
    tuned_entries,
    tuning_notes,
    tunings,
    verdict,
)
from landscape_lab.experiments.operations import own_settings
from landscape_lab.experiments.scenarios.sentence import Sentence
from landscape_lab.figures.band import band_figure
from landscape_lab.figures.figure_dict import FigureDict
from landscape_lab.figures.profile import profile_figure
from landscape_lab.figures.styles import styles_of
from landscape_lab.figures.tuning import before_and_after_dicts, tuning_figure
from landscape_lab.ui import state
from landscape_lab.ui.charts import chart, is_dark
from landscape_lab.ui.controls import notice, switches
from landscape_lab.ui.course.links import PLAYGROUND, heading
from landscape_lab.ui.i18n.phrases import labelled
from landscape_lab.ui.i18n.translation import _, as_text, entry_name, figure_words, say
from landscape_lab.ui.jobs.waiting import run_queued
from landscape_lab.ui.knobs import knobs, setting_name, slider
from landscape_lab.ui.playground.race_picker import named_race
from landscape_lab.ui.tables import numbers_table
from optim_core.optimizer import get_field
from optim_core.printed import printed as as_printed

PAGE = "pages/fairness.py"
NOISY = "noise"
"""The named race that demonstrates the effect of seeds."""


def comparison_link(scenario: Scenario) -> None:
    """Show a link from a race to its fair comparison."""
    st.page_link(PAGE, label=_("Compare fairly"), icon=":material/balance:", query_params=scenario.to_query())


class FairPage:
    """One run of the page. The constructor shows its head; the methods show its parts."""

    def __init__(self) -> None:
        self.comparison: Comparison = state.comparison()
        self.entries = self.comparison.scenario.entries
        self.names = [entry_name(entry) for entry in self.entries]
        heading(_("Compare fairly"), _("Which method is faster, and which had the better rate?"))
        notice(*state.take_notice())
        slot = st.empty()
        if st.session_state.get("compared") != self.comparison:  # otherwise the results are probably cached
            for pieces in rounds(self.comparison):
                run_queued(pieces, slot)
            st.session_state.compared = self.comparison
        st.markdown(f"**{as_text(say(verdict(self.comparison)))}**")
        for sentence in single_rate_winners(self.comparison):
            st.markdown(as_text(say(sentence)))

    @property
    def look(self) -> Any:
        """The arguments that every figure of the entries takes."""
        dark = is_dark()
        return {"styles": styles_of(self.entries, dark), "dark": dark, "words": figure_words()}

    def races(self, given: str, tuned: str) -> None:
        """Show the race as given and tuned at equal cost, and the settings of the rules."""
        left, middle, side = st.columns([3, 3, 2], gap="medium")
        before, after = before_and_after_dicts(
            equal_race(self.comparison, self.entries).trajectories,
            equal_race(self.comparison, tuned_entries(self.comparison)).trajectories,
            self.names,
            minimum=self.comparison.scenario.landscape.minimum_value,
            noisy=self.comparison.noisy,
            **self.look,
        )
        with left:
            self._figure(before, given, "given", [Sentence("As given: nothing was tuned.")])
        with middle:
            self._figure(after, tuned, "tuned", tuning_notes(self.comparison))
        with side, st.container(key="comparison-rules"):
            self._controls()

    def tuning(self, caption: str) -> None:
        """Show the loss of every entry at every rate, and a table of the chosen rates."""
        tried = tunings(self.comparison)
        lowest = self.comparison.scenario.landscape.minimum_value
        given = final_losses(self.comparison, self.entries)
        # A logarithmic axis of the distance to the minimum requires that no loss is below the minimum.
        every = [given, *(np.ravel(tuning.tried) for tuning in tried)]
        log = lowest is not None and not any(np.any(is_below(np.array(losses), lowest)) for losses in every)
        zero = (lowest or 0.0) if log else 0.0
        words = figure_words()
        title = words.above_minimum.format(minimum=f"{zero:.4g}") if zero else words.loss
        figure = tuning_figure.as_dict(
            [tuning.rates for tuning in tried],
            [tuning.tried - zero if tuning.rates.size else [] for tuning in tried],
            self.names,
            [tuning.chosen[0] for tuning in tried],
            [(_rate(entry), loss - zero) for entry, loss in zip(self.entries, given, strict=True)],
            title=title,
            log=log,
            **self.look,
        )
        left, right = st.columns([3, 2], gap="large")
        with left:
            self._figure(figure, caption, "tried", [])
        with right:
            self._table(given)

    def seeds(self, caption: str, without: str) -> None:
        """Show the quartiles over many seeds, or without noise a button that loads a race with noise."""
        if not self.comparison.noisy:
            st.markdown(without)
            label = _("The race “{name}” has noise").format(name=_(RACES[NOISY].label))
            st.button(label, icon=":material/vibration:", type="tertiary", on_click=_load, args=(NOISY,))
            return
        found = bands(self.comparison)
        words = figure_words()
        lowest = self.comparison.scenario.landscape.minimum_value or 0.0
        figure = band_figure.as_dict(
            found.lows,
            found.medians,
            found.highs,
            self.names,
            title=words.above_minimum.format(minimum=f"{lowest:.4g}") if lowest else words.loss,
            **{**self.look, "words": replace(words, step=words.evaluation, steps=words.evaluations)},
        )
        note = Sentence("{count} seeds: the median, and the quartiles.", {"count": self.comparison.seeds})
        self._figure(figure, caption, "seeds", [note, *self._settings()])

    def starts(self, caption: str, without: str) -> None:
        """Show the performance profile over many starts, and its main numbers."""
        found = profile(self.comparison)
        if found is None:
            st.markdown(without)
            return
        left, right = st.columns([3, 2], gap="large")
        with left:
            figure = profile_figure.as_dict([*found.ratios], self.names, **self.look)
            self._figure(figure, caption, "profile", profile_notes(self.comparison))
        with right:
            rows = [
                [f"{fastest:.0%}", f"{solved:.0%}"] for fastest, solved in zip(found.fastest, found.solved, strict=True)
            ]
            self._numbers(_("Over the starts"), [_("Fastest at"), _("Solves")], rows)

    def end(self) -> None:
        """Show links to the playground and the sources of the rules."""
        scenario = replace(self.comparison.scenario, steps=self.comparison.budget)
        for label, entries in (
            (_("This race in the playground"), self.entries),
            (_("The tuned race in the playground"), tuned_entries(self.comparison)),
        ):
            query = replace(scenario, entries=entries).to_query()
            st.page_link(PLAYGROUND, label=label, icon=":material/arrow_forward:", query_params=query)
        st.caption(labelled(_("Source"), "; ".join(SOURCES)))
        state.write_link()

    def _controls(self) -> None:
        named_race(self.comparison.scenario, _load)
        settings = [
            each
            for each in own_settings("comparison", self.comparison)
            if each.name != "seeds" or self.comparison.noisy
        ]
        knobs("fair-numbers", [[slider(each)] for each in settings if each.knob.kind is not bool], stage=None)
        switches(settings)

    def _settings(self) -> list[Sentence]:
        tuned = Sentence("Settings tuned as in the second race above.")
        return [tuned if self.comparison.use_tuned_settings else Sentence("Settings as given.")]

    def _figure(self, figure: FigureDict, caption: str, key: str, notes: Sequence[Sentence]) -> None:
        chart(figure, key=f"fair-figure-{key}", alt=caption, notes=[*map(say, notes)], download=True)
        st.caption(caption)

    def _numbers(self, caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        numbers_table("fair", caption, [(head, "") for head in heads], map(escape, self.names), rows)

    def _table(self, given: Sequence[float]) -> None:
        tuned = final_losses(self.comparison, tuned_entries(self.comparison))
        rows = []
        for entry, tuning, before, after in zip(self.entries, tunings(self.comparison), given, tuned, strict=True):
            own, best = (_settings_text(each, tuning) for each in (entry, tuning.entry))
            nearby = _loss(tuning.robust) if tuning.rates.size else "–"
            best += f" ({_('narrow')})" if is_narrow(self.comparison, tuning) else ""
            rows.append([own, _loss(before), best, _loss(after), nearby])
        heads = [_("Rate as given"), _("Loss"), _("Rate, tuned"), _("Loss"), _("Median nearby")]
        caption = _("After {count} gradient evaluations").format(count=self.comparison.budget)
        self._numbers(caption, heads, rows)
        narrow = _(
            "Median nearby: the lowest median loss over neighbouring rates, by which the entries are ranked. Narrow: "
            "the median around the best rate leaves more than {times} times as much of the way down as the best rate."
        )
        st.caption(narrow.format(times=NARROW))


def _rate(entry: Entry) -> float:
    return float(getattr(entry.core, RATE, np.nan))


def _settings_text(entry: Entry, tuning: Tuning) -> str:
    """Return the values of the tuned settings of this entry as text."""
    rate = [f"{_rate(entry):.3g}"] if tuning.rates.size else []
    second = [f"{setting_name(tuning.second)} {get_field(entry.optimizer, tuning.second):.3g}"] if tuning.second else []
    return ", ".join(rate + second) or "–"


def _loss(value: float) -> str:
    return as_printed(f"{value:.3g}") if np.isfinite(value) else _("diverged")


def _load(key: str) -> None:
    state.change(lambda old: replace(old, scenario=RACES[key].scenario))
