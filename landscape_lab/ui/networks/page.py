"""The page of networks: the landscape on a plane with all paths, its errors, and the results of the training."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from landscape_lab.experiments.networks import NetworkPlan, Training
from landscape_lab.experiments.networks.table import PictureError, Result, picture_errors, results_of
from landscape_lab.experiments.operations import Setting, own_settings
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.styles import series_styles, styles_of
from landscape_lab.ui import state
from landscape_lab.ui.charts import chart, is_dark
from landscape_lab.ui.controls import notice
from landscape_lab.ui.course.goals import goal_on_screen
from landscape_lab.ui.course.links import heading
from landscape_lab.ui.i18n.phrases import paragraph
from landscape_lab.ui.i18n.translation import _, as_text, entry_name, figure_words, say
from landscape_lab.ui.knobs import slider
from landscape_lab.ui.networks import controls
from landscape_lab.ui.networks.own_run import own_run
from landscape_lab.ui.networks.pictures import lines_of, predictions_of, recording_of
from landscape_lab.ui.networks.plane_choice import PLANE_NAMES, plane_choice, point_choice
from landscape_lab.ui.networks.work import current_training
from landscape_lab.ui.playground.panel import numbers_part
from landscape_lab.ui.playground.results import swatches
from landscape_lab.ui.stage.show import show_recording
from landscape_lab.ui.tables import numbers_table
from landscapes.networks import Line
from optim_core.printed import printed

NO_NUMBER = "–"
TARGET_WIDTH = 320
"""Pixels of the slider below the table of results."""


class NetworksPage:
    """One run of the page. The constructor shows its head and trains; the methods show its parts."""

    def __init__(self) -> None:
        self.plan: NetworkPlan = state.network()
        heading(_("Networks"), _("What does the landscape of a real network look like?"))
        notice(*state.take_notice(), _("The default network is shown instead."))
        opened = state.opened().scenario == self.plan.scenario
        self.training, self.work = current_training(self.plan.scenario, opened)
        self.is_shown = self.training is not None and self.training.scenario.unnamed == self.plan.scenario.unnamed
        former = None if self.is_shown or self.training is None else self.training.scenario
        self.shown = self.plan.with_scenario(former) if former else self.plan
        """The plan of the training on screen, which may be that of former settings."""
        self.errors: list[PictureError] = []

    @property
    def _heads(self) -> list[str]:
        """The names of the entries with their line samples, as HTML."""
        marks = swatches(self.shown.scenario.entries)
        return [f"{mark}{escape(name)}" for mark, name in zip(marks, self.labels, strict=True)]

    @property
    def names(self) -> list[str]:
        """The names of the entries of the training on screen."""
        return [entry_name(entry) for entry in self.shown.scenario.entries]

    @property
    def labels(self) -> list[str]:
        """The names, with the numbers that the stage gives to entries with the same optimizer."""
        numbers = [style.number for style in styles_of(self.shown.scenario.entries)]
        return [f"{number} · {name}" if number else name for number, name in zip(numbers, self.names, strict=True)]

    def landscape(self) -> None:
        """Show the stage with the paths on a plane, the choice of the plane, and the errors of the picture."""
        if self.training is None:
            words = _("The network is being trained …") if self.work else _("Press “Train” to see the landscape.")
            st.info(words, icon=":material/hourglass_top:" if self.work else ":material/model_training:")
            return
        goal_on_screen(self.training.scenario)
        slot, shown = st.empty(), self.shown
        try:
            recording = recording_of(self.training, shown, slot)
        except ScenarioError as error:
            st.warning(as_text(say(error.sentence)), icon=":material/block:")
        else:
            title = self._marked(_(PLANE_NAMES[shown.plane]))
            pictures = predictions_of(self.training, slot)
            show_recording(
                recording, state.view(), key="network-stage", names=self.names, title=title, pictures=pictures
            )
            self.errors = picture_errors(self.training, recording)
        plane_choice(shown, self.labels)
        if self.errors:
            parameters = shown.scenario.network.parameters
            st.markdown(as_text(_error_sentence(self.errors, self.labels, parameters)))

    def results(self) -> None:
        """Show the tables of the picture's errors and of the results, and the line between two points."""
        if self.training is None:
            return
        if self.errors:
            _errors_table(self._marked(_("How wrong the picture is")), self.errors, self._heads)
        target = self.plan.target_accuracy
        caption = self._marked(_("Results at the end of the training"))
        _results_table(caption, results_of(self.training, target), self._heads, target)
        with st.container(width=TARGET_WIDTH):
            numbers_part("network-target", lambda _scenario: [[slider(_target())]])
        self._line(self.training)

    def panel(self) -> None:
        """Show the button that trains, and the controls."""
        is_former = self.training is not None and not self.is_shown
        controls.training_controls(self.plan, self.work, self.is_shown, is_former)
        controls.controls(self.plan)

    def end(self) -> None:
        """Show the section for a recording of the user's own training, and write the link to what is on screen."""
        with st.expander(
            _("Your own run"), icon=":material/upload_file:", key="own-run-section", on_change="rerun"
        ) as more:
            if more.open:
                own_run()
        state.write_link()

    def _marked(self, title: str) -> str:
        """Return the title, with a mark if the results on screen are those of former settings."""
        return title if self.is_shown else _("{title} · former settings").format(title=title)

    def _line(self, training: Training) -> None:
        st.subheader(_("The line between two points"), anchor=False)
        point_choice(self.shown, self.labels, (_("From"), _("to")), "line")
        first, second = self.shown.places[:2]
        if first == second:
            st.caption(_("Choose two different points."))
            return
        lines = lines_of(training, self.shown, st.empty())
        ends = [_("the start") if place == 0 else self.labels[place - 1] for place in (first, second)]
        st.markdown(as_text(_barrier_sentence(lines, ends)))
        figure = settings_figure.as_dict(
            lines[0].t,
            [line.loss for line in lines],
            [_("training loss"), _("validation loss")],
            setting=_("share of the way"),
            outcome=_("loss"),
            setting_axis="linear",
            zero=True,
            styles=series_styles(is_dark()),
            dark=is_dark(),
            words=figure_words(),
        )
        caption = _("The loss along the straight line from {first} to {second}.").format(first=ends[0], second=ends[1])
        chart(figure, key="network-line", alt=caption)


def _target() -> Setting:
    (target,) = (each for each in own_settings("plan", state.shown()) if each.name == "target_accuracy")
    return target


def _error_sentence(errors: Sequence[PictureError], names: Sequence[str], parameters: int) -> str:
    """Return how wrong the picture is, in words."""
    low, high = (f"{100 * share:.0f}" for share in (min(e.share for e in errors), max(e.share for e in errors)))
    told = [
        _("The picture is one plane of a space of {count} dimensions.").format(count=f"{parameters:,}"),
        _("It holds {share} % of the paths.").format(share=low)
        if low == high
        else _("It holds {low} to {high} % of each path.").format(low=low, high=high),
    ]
    worst = max(range(len(errors)), key=lambda i: abs(errors[i].drawn - errors[i].loss))
    sentence = _("At the end of {name} it shows the loss {drawn}, and the true loss is {loss}; the curves are true.")
    told.append(
        sentence.format(name=names[worst], drawn=_number(errors[worst].drawn), loss=_number(errors[worst].loss))
    )
    return paragraph(told)


def _errors_table(caption: str, errors: Sequence[PictureError], heads_of_rows: Sequence[str]) -> None:
    heads = [
        (_("Share of the path in the plane"), _("Of its squared distance from the origin of the plane")),
        (_("Largest distance from the plane"), ""),
        (_("Distance from start to end"), _("To compare the distance with")),
        (_("True loss at the end"), ""),
        (_("Loss drawn there"), _("The loss of the nearest point of the plane, where the path is drawn")),
    ]
    rows = [[_percent(e.share), *map(_number, (e.farthest, e.way, e.loss, e.drawn))] for e in errors]
    numbers_table("network", caption, heads, heads_of_rows, rows)


def _results_table(caption: str, results: Sequence[Result], heads_of_rows: Sequence[str], target: float) -> None:
    accurate = any(np.isfinite(result.accuracy) for result in results)
    heads = [(_("Training loss"), ""), (_("Validation loss"), "")]
    if accurate:
        epochs = _("Epochs to {share}").format(share=_percent(target))
        heads += [(_("Training accuracy"), ""), (_("Validation accuracy"), "")]
        heads += [(epochs, _("Until a checkpoint first had this validation accuracy"))]
    limit = _("Gradient descent is stable below 2/η, momentum below 2 (1 + γ)/η; others have no such limit")
    heads += [(_("Sharpness"), _("The largest eigenvalue of the Hessian of the training loss")), (_("Limit"), limit)]
    rows = []
    for result in results:
        row = [_number(result.loss), _number(result.validation_loss)]
        if result.diverged_at is not None:
            row[0] = _("diverged at step {step}").format(step=result.diverged_at)
        if accurate:
            row += [_percent(result.accuracy), _percent(result.validation_accuracy), _number(result.epochs, 3)]
        rows.append([*row, _number(result.sharpness, 3), _number(result.limit, 3)])
    numbers_table("network", caption, heads, heads_of_rows, rows)


def _barrier_sentence(lines: tuple[Line, Line], ends: Sequence[str]) -> str:
    barrier, on_validation = (_number(line.barrier) for line in lines)
    return _(
        "Between {first} and {second} the training loss rises by {barrier} above the straight line through its ends, "
        "the validation loss by {validation}."
    ).format(first=ends[0], second=ends[1], barrier=barrier, validation=on_validation)


def _number(value: float, digits: int = 4) -> str:
    return printed(f"{value:.{digits}g}") if np.isfinite(value) else NO_NUMBER


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %" if np.isfinite(share) else NO_NUMBER
