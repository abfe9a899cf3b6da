"""The sentence about a lost connection, in the head of every page.

While it is lost, Streamlit disables its own widgets. The stage and the knobs go on with the engine in the browser, and
keep what the server has not received (`lab-connection` in `script/connection.js`). Streamlit keeps the states of all
components, so that one rerun of the whole page after the reconnection sends the last state of each. A server that was
started again has a new session, which reads the link in that rerun; nothing else reaches it before, because it does not
have the fragments of the page yet. So the connection counts as back when that rerun has ended.
"""

from landscape_lab.ui.i18n.translation import _

# Streamlit sets the attribute of its root element as soon as the web socket closes. Without it (another release of
# Streamlit) only the browser's own event is used, after a request that fails: a server on this machine is reached
# without a network. Streamlit opens a dialog over the page after some seconds, which says the same in English.
SCRIPT = """
const APP = "[data-testid=stApp]";
const [LINK_STATE, RUN_STATE] = ["data-test-connection-state", "data-test-script-state"];
const LOST_STATES = ["PINGING_SERVER", "CONNECTING", "DISCONNECTED_FOREVER"];
const [PROBE_PAUSE, RUN_PATIENCE, SAID_FOR] = [2000, 30000, 6000]; // ms
const connection = { lost: false, unreachable: false, words: {}, ask: () => {}, asked: false, ran: false, timer: 0 };
function sayConnection(text) {
  let box = document.querySelector(".lll-connection");
  if (!text || !box) {
    box?.remove();
    if (!text) return;
    box = document.createElement("p");
    box.className = "lll-connection";
    box.setAttribute("role", "alert");
    const app = document.querySelector(APP);
    if (app) box.style.colorScheme = getComputedStyle(app).colorScheme; // that of the page, not of the system
    document.body.append(box);
  }
  box.textContent = text;
}
function setLost(lost) {
  Object.assign(connection, { lost, asked: false, ran: false });
  document.documentElement.classList.toggle("lll-lost", lost);
  sayConnection(lost ? connection.words.lost : connection.words.back);
  clearTimeout(connection.timer);
  if (!lost) connection.timer = setTimeout(() => sayConnection(""), SAID_FOR);
  document.dispatchEvent(new CustomEvent("lab-connection", { detail: { lost } }));
}
function connectionChanged() {
  const app = document.querySelector(APP);
  const broken = connection.unreachable || LOST_STATES.includes(app?.getAttribute(LINK_STATE));
  if (broken) {
    if (!connection.lost || connection.asked) setLost(true);
    for (const button of document.querySelectorAll("[data-testid=stDialog] button")) {
      if (["Close", connection.words.close].includes(button.getAttribute("aria-label"))) button.click();
    }
  } else if (connection.lost && !connection.asked) {
    connection.asked = true;
    connection.timer = setTimeout(() => setLost(false), RUN_PATIENCE);
    connection.ask();
  } else if (connection.lost) {
    const running = app?.getAttribute(RUN_STATE) === "running";
    if (connection.ran && !running) setLost(false);
    connection.ran ||= running;
  }
}
async function probeServer() {
  try {
    await fetch(connection.words.health, { cache: "no-store" });
    connection.unreachable = false;
  } catch {
    connection.unreachable = true;
    setTimeout(probeServer, PROBE_PAUSE);
  }
  connectionChanged();
}
function watchConnection(words, ask) {
  Object.assign(connection, { words, ask });
  if (connection.observer) return;
  connection.observer = new MutationObserver(connectionChanged);
  const app = document.querySelector(APP) ?? document.body;
  connection.observer.observe(app, { attributeFilter: [LINK_STATE, RUN_STATE] });
  const dialogs = new MutationObserver(() => connection.lost && connectionChanged());
  dialogs.observe(document.body, { childList: true, subtree: true });
  window.addEventListener("offline", probeServer);
}
"""


def words(base_path: str) -> dict[str, str]:
    """The texts of the script, and the address that it tries."""
    prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
    return {
        "health": f"{prefix}/_stcore/health",
        "lost": _("Connection lost. What the browser computes itself goes on; the rest waits. Reconnecting …"),
        "back": _("Connected again."),
        "close": _("Close"),
    }
