"""The reference pages: the glossary and the sources."""

from collections.abc import Iterable
from contextlib import nullcontext
from html import escape

import streamlit as st

from landscape_lab.experiments.course.glossary import TERMS, Term
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.course.letters import LETTERS
from landscape_lab.ui.course.links import heading, page_of
from landscape_lab.ui.folded import folded
from landscape_lab.ui.i18n.alphabet import groups
from landscape_lab.ui.i18n.translation import _, language
from landscapes import SURFACES
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES

COURSE = (
    ("Lee, Hung-yi: Machine Learning, National Taiwan University, spring 2020", "https://speech.ee.ntu.edu.tw/~hylee/ml/2020-spring.php"),
    ("LeeML-Notes, Datawhale (in Chinese)", "https://datawhalechina.github.io/leeml-notes/"),
    ("Ruder: An overview of gradient descent optimization algorithms, 2016", "https://ruder.io/optimizing-gradient-descent/"),
    ("Tianze28: Gradient descent in practice I, feature scaling, CSDN (in Chinese)", "https://blog.csdn.net/u012328159/article/details/51030366"),
    ("Boyle: Standardizing data, University of Maryland", "http://www.math.umd.edu/~mboyle/courses/131f15/stand.pdf"),
    ("Standardisation and normalisation, two different things, CSDN (in Chinese)", "https://blog.csdn.net/weixin_36604953/article/details/102652160"),
    ("Saddle point, Wikipedia (in Chinese)", "https://zh.wikipedia.org/zh-hans/%E9%9E%8D%E9%BB%9E"),
    ("A survey of curriculum learning, Zhihu (in Chinese)", "https://zhuanlan.zhihu.com/p/362351969"),
)  # fmt: skip
"""The references of the notes that the course is based on, in their order.

No page loads these addresses; only users open them."""


LEAST = 8
"""The minimal number of terms that a phone shows below one title."""


def glossary() -> None:
    """Show every term with its symbol, its meaning and the lesson that explains it."""
    heading(_("Glossary"), _("What do the words mean?"))
    wanted = st.text_input(_("Search"), key="glossary-search", placeholder=_("A word, for example: curvature"))
    shown = [term for term in TERMS if wanted.strip().lower() in f"{_(term.word)} {_(term.meaning)}".lower()]
    if not shown:
        st.info(_("No term contains this. Try a shorter word."))
    for letters, terms in groups(shown, lambda term: _(term.word), LEAST):
        with nullcontext() if wanted.strip() else folded(letters, letters):
            for term in terms:
                _term(term)
    if not wanted.strip():
        _letters()


def _term(term: Term) -> None:
    word, meaning, lesson = st.columns([2, 5, 2], vertical_alignment="center")
    symbol = f" ${term.symbol}$" if term.symbol else ""
    word.markdown(f"**{_(term.word)}**{symbol}")
    meaning.markdown(_(term.meaning))
    if term.lesson in LESSONS:
        lesson.page_link(
            page_of(LESSONS[term.lesson]),
            label=LESSONS[term.lesson].content(language()).title,
            icon=":material/school:",
        )


def _letters() -> None:
    """Show the table of letters, each with its only meaning."""
    st.header(_("Symbols"), anchor="letters")
    st.markdown(
        _(
            "A symbol has the same meaning in every lesson, formula and control. The formula of a surface may have "
            "constants of its own, as in its source."
        )
    )
    head = [_("Symbol"), _("Meaning"), _("Lesson"), _("Other notation")]
    rows = [
        [
            ", ".join(f"${symbol}$" for symbol in letter.symbols),
            _(letter.meaning),
            LESSONS[letter.lesson].content(language()).title if letter.lesson else "",
            _(letter.elsewhere) if letter.elsewhere else "",
        ]
        for letter in LETTERS
    ]
    lines = [head, ["---"] * len(head), *rows]
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def sources() -> None:
    """Show the sources of the course, its lessons, the optimizers and the surfaces, taken from their classes."""
    heading(_("Sources"), _("Where does it come from?"))
    st.header(_("Materials of the course"), anchor=False)
    st.markdown("\n".join(f"- [{_(name)}]({address})" for name, address in COURSE))
    _table(_("Lessons"), ((lesson.content(language()).title, lesson.source) for lesson in LESSONS.values()))
    methods = [*OPTIMIZERS.values(), *SCHEDULES.values(), *SAMPLERS.values()]
    _table(_("Optimizers, schedules and noise"), ((_(method.label), method.source) for method in methods))
    _table(_("Surfaces"), ((_(surface.label), surface.source) for surface in SURFACES.values()))


def _table(title: str, rows: Iterable[tuple[str, str]]) -> None:
    st.header(title, anchor=False)
    body = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(source)}</td></tr>' for name, source in rows)
    st.html(f'<div class="results sources"><table><tbody>{body}</tbody></table></div>')
