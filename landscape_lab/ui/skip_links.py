"""Links at the top of every page that lead a keyboard to the picture, the controls and the results."""

from landscape_lab.ui.i18n.translation import _

# They stand before everything else in the document, where Streamlit cannot put anything: from the top of the page, the
# first hyperparameter is two stops and Enter away instead of 58 stops.
SCRIPT = """
const SKIPPED_TO = {
  picture: [".lll-stage", ".lll-map"],
  controls: [".stTabs .lll-knobs input", ".lll-knobs input", ".stMain [data-testid=stSelectbox] input"],
  results: [".stMain .results"],
};
const skippedTo = (name) => SKIPPED_TO[name].map((each) => document.querySelector(each)).find((found) => found);
function skipLinks(words) {
  let list = document.querySelector(".lll-skip");
  if (!list) {
    list = document.createElement("nav");
    list.className = "lll-skip";
    for (const name of Object.keys(SKIPPED_TO)) {
      const link = document.createElement("button");
      link.type = "button";
      link.dataset.to = name;
      link.onclick = () => {
        const target = skippedTo(name);
        if (target.tabIndex < 0) target.tabIndex = -1; // so that it can have the focus
        target.focus();
        target.scrollIntoView({ block: "nearest" });
      };
      list.append(link);
    }
    document.body.prepend(list);
  }
  list.setAttribute("aria-label", words.label);
  for (const link of list.children) link.textContent = words[link.dataset.to];
}
function offerSkipLinks() {
  for (const link of document.querySelectorAll(".lll-skip button")) {
    link.hidden = !skippedTo(link.dataset.to);
  }
  // The page as a whole is no stop: a screen reader would read all of it. A key scrolls it from any stop inside.
  document.querySelector(".stMain")?.setAttribute("tabindex", "-1");
}
"""


def words() -> dict[str, str]:
    """Return the texts of the links in the reader's language."""
    return {
        "label": _("Skip links"),
        "picture": _("Skip to the picture"),
        "controls": _("Skip to the controls"),
        "results": _("Skip to the results"),
    }
