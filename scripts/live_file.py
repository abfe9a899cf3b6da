"""Write the live file of a link: a page with the race and all its controls that needs no server and no network.

python -m scripts.live_file LINK OUT.html [--language zh]

LINK is the playground's address, or its part after the question mark.
"""

import argparse
import sys
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).parents[1]


def main(arguments: list[str] | None = None) -> str | None:
    """Write the file, or say what is wrong with the link."""
    sys.path.insert(0, str(ROOT))
    from landscape_lab.experiments import Scenario, ScenarioError, race
    from landscape_lab.experiments.address import parts_of
    from landscape_lab.experiments.exercise import check_names
    from landscape_lab.ui.live_file import live_page, title_of
    from landscape_lab.ui.view import EXERCISE_NAMES, VIEW_NAMES, View
    from landscape_lab.ui.words import LANGUAGES, say, speaking

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("link", help="the playground's address, or its part after the question mark")
    parser.add_argument("file", type=Path, help="the file to write, such as race.html")
    parser.add_argument("--language", choices=sorted(LANGUAGES), default="en", help="of the page")
    given = parser.parse_args(arguments)
    query = parts_of(urlsplit(given.link).query if "?" in given.link else given.link)
    looks = {name: value for name, value in query.items() if name in (*VIEW_NAMES, *EXERCISE_NAMES)}
    with speaking(given.language):
        try:
            scenario = Scenario.from_query({name: value for name, value in query.items() if name not in looks})
            view = View.from_query(looks)
            check_names(scenario, view.hide)
        except ScenarioError as error:
            return say(error.sentence)
        link = urlencode(scenario.to_query() | view.to_query())
        page = live_page(race(scenario), view, title_of(scenario), link, view.hide)()
    given.file.write_bytes(page)
    return None


if __name__ == "__main__":
    sys.exit(main())
