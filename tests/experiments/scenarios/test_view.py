"""The view of a race in a link: the camera of its 3-D picture."""

from typing import Any

import pytest

from landscape_lab import ScenarioError
from landscape_lab.experiments.scenarios.view import View


@pytest.mark.parametrize("camera", ["300,35", "0,-90", "359,90,0.2", "12,7,1.25", "12,7,5"])
def test_a_camera_in_a_link_is_read_back(camera: str) -> None:
    view = View("relief", camera=camera)
    assert view.to_query() == {"show": "relief", "camera": camera}
    assert View.from_query(view.to_query()) == view
    assert View.from_browser(view.to_browser()) == view


@pytest.mark.parametrize(
    "camera",
    ["300", "360,35", "300,91", "300,35,0.1", "300,35,6", "300,35,1.234", "300,35,nan", "3e2,35", "300, 35", "٣٠٠,35"],
)
def test_any_other_camera_is_refused(camera: str) -> None:
    with pytest.raises(ScenarioError, match="azimuth, elevation and zoom"):
        View.from_query({"camera": camera})
    assert View.from_browser({"projection": "relief", "camera": camera}) == View("relief")


def test_a_long_camera_is_refused_before_it_is_read() -> None:
    with pytest.raises(ScenarioError, match="too long"):
        View.from_query({"camera": "1" * 10**6})


@pytest.mark.parametrize("camera", [None, 5, ["300", "35"], {}])
def test_a_camera_of_another_type_has_the_default(camera: Any) -> None:
    assert View.from_browser({"camera": camera}).camera == ""
