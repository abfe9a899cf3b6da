// @ts-check
const PATIENCE = 250; // ms to wait for the route's answer before the page's script is asked as well
const ACTS = ["pointerdown", "pointerup", "click", "keydown", "popstate", "pagehide", "visibilitychange"];

/**
 * Send a change to the page's script once the route has given its race: both at the same time would delay each other and
 * run the race twice. It is sent earlier if the user acts again, since a later act must not overtake it. A press outside
 * of a field ends the entry in the field only after its `pointerdown`, so its `pointerup` and `click` count as acts too.
 *
 * @param {Promise<void> | undefined} answer undefined where the route is not asked
 * @param {() => void} send
 */
export function onceAnswered(answer, send) {
  if (!answer) return send();
  let sent = false;
  const end = () => {
    if (sent) return;
    sent = true;
    clearTimeout(timer);
    for (const act of ACTS) removeEventListener(act, end, true);
    send();
  };
  const timer = setTimeout(end, PATIENCE);
  for (const act of ACTS) addEventListener(act, end, true);
  answer.then(end, end);
}
