// The client of `/race`, with a fetch that the tests answer by hand.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { RaceRequest } from "../../../../landscape_lab/ui/stage/script/race_request.js";

const ROUTE = { address: "/race", link: "page=playground&lanes=adam%28%29&lang=en", token: "secret" };
const HELD = { surface: { key: "bowl", height: [1, 2] }, race: { key: "first", round: "3 ", family: { key: "kin", points: [3], chosen: 0 } } };
const answer = (value, surface = "bowl") => ({
  surface: surface === "bowl" ? { key: "bowl" } : { key: surface, height: [value] },
  race: { key: `race at ${value}`, round: "", family: { key: "kin", lane: 0, chosen: value } },
});

function packed(tree) {
  const header = new TextEncoder().encode(JSON.stringify(tree));
  const message = new Uint8Array(4 + header.length);
  new DataView(message.buffer).setUint32(0, header.length, true);
  message.set(header, 4);
  return message;
}

/** Requests in the order in which they were sent; a test answers them by hand. */
let sent;
const turns = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  sent = [];
  globalThis.fetch = (address, { signal, headers }) =>
    new Promise((resolve, reject) => {
      const request = {
        query: new URLSearchParams(address.split("?")[1]),
        address,
        headers,
        aborted: false,
        fail: () => reject(new TypeError("network")),
        refuse: (status, names = {}) => resolve(new Response("No.", { status, headers: names })),
        answer: (tree) => resolve(new Response(packed(tree))),
      };
      request.value = Number(request.query.get("value"));
      signal.addEventListener("abort", () => {
        request.aborted = true;
        reject(signal.reason);
      });
      sent.push(request);
    });
});
afterEach(() => mock.timers.reset());

const rate = (value) => ({ "lane/0/learning_rate": value });

test("the request is the link, the change, what is here, and the token outside of the address", async () => {
  const asked = new RaceRequest(ROUTE, HELD).ask({ "start/x": 0.5, "start/y": -1e-7 });
  const [{ address, query, headers }] = sent;
  assert.ok(address.startsWith("/race?page=playground&lanes=adam%28%29&lang=en&"));
  assert.deepEqual(query.getAll("knob"), ["start/x", "start/y"]);
  assert.deepEqual(query.getAll("value").map(Number), [0.5, -1e-7]);
  assert.deepEqual(query.getAll("have"), ["bowl", "kin"]);
  assert.equal(headers["Session-Token"], "secret");
  assert.ok(!address.includes("secret"));
  sent[0].answer(answer(7));
  const tree = await asked;
  assert.deepEqual([tree.race.key, tree.race.round], ["race at 7", "3 "]);
  assert.equal(tree.surface, HELD.surface, "what is here is not sent again");
  assert.deepEqual(tree.race.family, { key: "kin", points: [3], lane: 0, chosen: 7 });
});

test("one request runs at a time, and only the last of what is asked meanwhile follows it", async () => {
  const requests = new RaceRequest(ROUTE, HELD);
  const asked = [1, 2, 3, 4].map((value) => requests.ask(rate(value)));
  assert.deepEqual(sent.map((each) => each.value), [1]);
  sent[0].answer(answer(1));
  await asked[0];
  await turns();
  assert.deepEqual(sent.map((each) => each.value), [1, 4]);
  sent[1].answer(answer(4));
  const trees = await Promise.all(asked);
  assert.deepEqual(trees.map((tree) => tree?.race.key ?? null), ["race at 1", null, null, "race at 4"]);
  assert.ok(!sent.some((each) => each.aborted), "what runs is drawn: a hand that never rests would else see nothing");
});

test("the value of the release does not wait, and the server hears that it is one", async () => {
  const requests = new RaceRequest(ROUTE, HELD);
  const [first, second] = [requests.ask(rate(1)), requests.ask(rate(2))];
  const last = requests.settle(rate(3));
  assert.deepEqual(sent.map((each) => [each.value, each.aborted]), [[1, true], [3, false]]);
  assert.deepEqual(sent.map(({ query }) => query.has("released")), [false, true]);
  sent[1].answer(answer(3));
  assert.deepEqual([await first, await second, (await last).race.key], [null, null, "race at 3"]);
});

test("nothing comes of a request that was cancelled", async () => {
  const requests = new RaceRequest(ROUTE, HELD);
  const asked = requests.ask(rate(1));
  requests.cancel();
  assert.equal(await asked, null);
  assert.ok(sent[0].aborted);
});

test("a surface that was sent is not sent again", async () => {
  const requests = new RaceRequest(ROUTE, HELD);
  let asked = requests.ask({ "surface/condition": 9 });
  sent[0].answer(answer(9, "ravine"));
  const { surface } = await asked;
  await turns();
  asked = requests.ask({ "surface/condition": 9, "start/x": 1 });
  assert.deepEqual(sent[1].query.getAll("have"), ["bowl", "kin", "ravine"]);
  sent[1].answer({ ...answer(1), surface: { key: "ravine" } });
  assert.equal((await asked).surface, surface);
});

test("a refused value is no race, and the next one is asked for", async () => {
  const requests = new RaceRequest(ROUTE, HELD);
  const asked = [requests.ask(rate(-1)), requests.ask(rate(2))];
  sent[0].refuse(400);
  assert.equal(await asked[0], null);
  await turns();
  sent[1].answer(answer(2));
  assert.equal((await asked[1]).race.key, "race at 2");
});

test("a server that is too busy is left alone for as long as it says", async () => {
  mock.timers.enable({ apis: ["Date"] });
  const requests = new RaceRequest(ROUTE, HELD);
  const asked = requests.ask(rate(1));
  sent[0].refuse(429, { "Retry-After": "2" });
  assert.equal(await asked, null);
  await turns();
  assert.equal(await requests.ask(rate(2)), null);
  assert.equal(sent.length, 1);
  mock.timers.tick(2001);
  await turns();
  requests.ask(rate(3));
  assert.equal(sent.length, 2);
});

for (const status of [403, 404]) {
  test(`after ${status} nothing is asked any more`, async () => {
    const requests = new RaceRequest(ROUTE, HELD);
    const asked = [requests.ask(rate(1)), requests.ask(rate(2))];
    sent[0].refuse(status);
    await asked[0];
    assert.deepEqual([await asked[1], await requests.ask(rate(3))], [null, null]);
    assert.equal(sent.length, 1);
  });
}

test("a server that cannot be reached is given up after a few times", async () => {
  const requests = new RaceRequest(ROUTE, HELD);
  for (let i = 0; i < 10; i++) {
    const asked = requests.ask(rate(i));
    sent[i]?.fail();
    assert.equal(await asked, null);
    await turns();
  }
  assert.equal(sent.length, 3);
});
