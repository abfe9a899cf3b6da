"""The page for teachers."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from landscape_lab.experiments.course.lessons import LESSONS

APP = Path(__file__).parents[2] / "app.py"


def opened() -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=60)
    at.switch_page("pages/teaching.py")
    at.run()
    assert not at.exception, at.exception[0].message
    return at


def test_notes_and_demonstrations_of_every_lesson_are_there():
    at = opened()
    for key, lesson in LESSONS.items():
        at.selectbox("teaching-lesson").set_value(key).run()
        assert not at.exception
        shown = "\n".join(each.value for each in at.markdown)
        for name in ("goals", "notes"):
            assert lesson.content().block("Teacher", name).text in shown
        links = [link.proto.label for link in at.get("page_link")]
        assert {lesson.content().block("Suggestions", name).text for name in lesson.invitations} <= set(links)


def test_overview_has_the_minutes_of_every_lesson():
    at = opened()
    table = next(html.proto.body for html in at.get("html") if "<table>" in html.proto.body)
    for lesson in LESSONS.values():
        assert lesson.content().title in table and "$" not in table
        minutes = lesson.content().block("Teacher", "minutes").text
        assert f'<td data-label="Minutes">{minutes}</td>' in table
    assert "$" not in table and "**" not in table, "HTML shows no Markdown"


def test_all_explanations_are_opened_at_once():
    at = opened()
    next(button for button in at.button if button.label == "Open all explanations").click().run()
    assert at.session_state["progress"] == {f"{key}.shown" for key in LESSONS}
