"""Page for teachers."""

from landscape_lab.ui.course.teaching import teaching

teaching()
