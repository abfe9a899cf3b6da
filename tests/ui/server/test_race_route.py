"""`GET /race`: the page's own race, bounded and refused as a link is, and no data of another visitor."""

import asyncio
import ipaddress
import random
import string
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Event, get_ident
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from docs.race_route import unpack
from landscape_lab.experiments import RACES, Scenario, race
from landscape_lab.experiments.course.lessons import RACE_LESSONS
from landscape_lab.experiments.operations import settings_of
from landscape_lab.experiments.scenarios.surfaces import by_key, losses_over
from landscape_lab.ui.jobs.script_semaphore import SCRIPTS
from landscape_lab.ui.jobs.worker_pool import WORKER_POOL
from landscape_lab.ui.server import access
from landscape_lab.ui.server.access import Access
from landscape_lab.ui.server.allowance import Allowance
from landscape_lab.ui.server.race_route import MOST_OF_VISITOR, RaceRoute
from landscape_lab.ui.state import default_scenario

CSV = b"height,weight\n" + b"\n".join(b"%d,%d" % (i, i * i % 11) for i in range(24))
PATIENCE = 60.0


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def tree(self) -> Any:
        assert self.status == 200, self.body
        return unpack(self.body)


def scope(query: str, method: str = "GET", client: str = "192.0.2.1", **headers: str) -> dict[str, Any]:
    return {
        "type": "http", "method": method, "path": "/race", "raw_path": b"/race", "root_path": "", "scheme": "http",
        "query_string": query.encode("utf-8", "surrogateescape"), "client": (client, 9), "server": ("a", 80),
        "headers": [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip


async def call(route: RaceRoute, query: str, gone: Any = None, **of: str) -> Reply:
    """Ask the route as a server does; `gone` is an event that is set when the client hangs up."""
    app, sent, begun = Starlette(routes=[route.route]), list[Message](), False

    async def receive() -> Message:
        nonlocal begun
        if begun:
            await (gone or asyncio.Event()).wait()
            return {"type": "http.disconnect"}
        begun = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope(query, **of), receive, send)
    headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))


def get(query: str | Mapping[str, str], route: RaceRoute | None = None, **of: str) -> Reply:
    text = query if isinstance(query, str) else urlencode(query)
    return asyncio.run(asyncio.wait_for(call(route or RaceRoute(most=1000), text, **of), PATIENCE))


def assert_shows(tree: Any, scenario: Scenario) -> None:
    ran = race(scenario)
    assert tree["race"]["key"] == scenario.text and len(tree["race"]["lanes"]) == len(scenario.entries)
    for entry, path in zip(tree["race"]["lanes"], ran.trajectories, strict=True):
        np.testing.assert_array_equal(entry["points"], path.points.astype(np.float32))
        assert entry["last_step"] == path.last_step


def test_a_scenario_with_a_number_changed():
    scenario = RACES["rates"].scenario
    changed = replace(scenario, start=(0.5, -0.25), steps=77)
    link = urlencode(scenario.to_query()) + "&knob=start/x&value=0.5&knob=start/y&value=-.25&knob=steps&value=77"
    assert_shows(get(link).tree, changed)
    assert_shows(get("").tree, default_scenario())


@pytest.mark.parametrize("key", RACE_LESSONS)
def test_a_lesson_with_a_knob_turned_as_its_page_shows_it(key: str):
    lesson = RACE_LESSONS[key]()
    setting = next(each for each in settings_of(lesson) if each.path.startswith("lesson/"))
    value = setting.knob.high if setting.value != setting.knob.high else setting.knob.low
    turned = replace(lesson, **{setting.name: type(setting.value)(value)})
    link = {"page": key} | lesson.to_query() | {"knob": setting.path, "value": repr(value)}
    tree = get(link).tree
    assert_shows(tree, turned.scenario)
    assert tree["fog"] == lesson.fog
    assert (tree["race"]["family"] is None) == (lesson.family is None)
    assert all((entry["validation"] is not None) == lesson.shows_validation for entry in tree["race"]["lanes"])
    assert not tree["race"]["veiled"]


def test_what_the_client_has_is_not_sent_again():
    whole = get({"page": "learning_rate"})
    keys = whole.tree["surface"]["key"], whole.tree["race"]["family"]["key"], whole.tree["engine"]["key"]
    rest = get([("page", "learning_rate"), *(("have", key) for key in (*keys, "another"))])  # pyright: ignore[reportArgumentType]
    assert len(rest.body) < len(whole.body) / 8
    assert rest.tree["surface"] == {"key": keys[0]}
    assert set(rest.tree["race"]["family"]) == {"key", "lane", "chosen"}
    assert "program" in whole.tree["engine"] and "program" not in rest.tree["engine"]


def test_words_are_in_the_language_that_is_asked_for():
    english, chinese = (get({"lanes": "adam", "steps": "3", "lang": name}).tree for name in ("en", "zh"))
    assert english["race"]["lanes"][0]["outcome"].isascii()
    assert not chinese["race"]["lanes"][0]["outcome"].isascii()
    assert "去" in (said := get({"lanes": "adam", "hidden": "7", "lang": "zh"}).body.decode()) or not said.isascii()


def test_an_answer_may_be_kept():
    reply = get("lanes=adam&steps=5")
    assert reply.headers["cache-control"] == "public, max-age=60"
    again = get("lanes=adam&steps=5", If_None_Match=reply.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert get("lanes=adam&steps=6", If_None_Match=reply.headers["etag"]).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "NONSENSE"])
def test_other_methods_are_refused(method: str):
    assert get("", method=method).status == 405


HOSTILE = [
    "page=nope",
    "page=",
    "page=../start",
    "page=maps",
    "page=playground&page=playground",
    "lanes=adam&lanes=adam",
    "steps=5001",
    "steps=0",
    "steps=1e9",
    "steps=nan",
    "lanes=" + ",".join(["adam"] * 13),
    "lanes=" + "(" * 500,
    "lanes=" + "a" * 20_000,
    "surface=formula(text=\"__import__('os')\")",
    'surface=formula(text="9**9**9**9")',
    "start=1",
    "start=1e999,0",
    "noise=nope",
    "seed=-1",
    "v=2",
    "lang=xx",
    "hide=nope",
    "show=nope",
    "hidden=99",
    "inspect=11",
    "unknown=1",
    "too_long=",
    "&".join(f"a{i}=1" for i in range(65)),
    "%00=%ff",
    "lanes=%ff%fe",
    "\udcff=1",
    "knob=steps",
    "value=3",
    "knob=steps&value=",
    "knob=steps&value=abc",
    "knob=steps&value=1,2",
    "knob=steps&value=true",
    "knob=steps&value=1e999",
    "knob=steps&value=" + "9" * 5000,
    "knob=steps&value=7.5",
    "knob=&value=1",
    "knob=lane/12/learning_rate&value=1",
    "knob=lane/-1/learning_rate&value=1",
    "knob=lane/0/__class__&value=1",
    "knob=lane/0/learning_rate/schedule/final&value=1",
    "knob=lane/0/learning_rate&value=-1",
    "knob=surface/nope&value=1",
    "knob=lesson/momentum&value=0.5",
    "page=momentum&knob=lane/0/learning_rate&value=0.1",
    "page=momentum&hide=steps",
    "page=momentum&knob=lesson/momentum&value=2",
    "knob=start/x&value=1e6",
    "&".join(["knob=steps&value=3"] * 5),
    "page=momentum&lanes=adam",
    "token=x",
]


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_what_a_link_may_not_say_is_refused_in_one_sentence(query: str):
    reply = get(quote(query, safe="=&%/,()\udcff", errors="surrogateescape"))
    assert reply.status == 400
    assert reply.headers["content-type"].startswith("text/plain") and reply.headers["cache-control"] == "no-store"
    assert reply.body.decode().rstrip()[-1] in ".”)" and b"\n" not in reply.body and b"Traceback" not in reply.body


def test_garbage_is_refused_or_answered():
    draw = random.Random(0)
    names = [
        "page",
        "lanes",
        "surface",
        "start",
        "steps",
        "noise",
        "seed",
        "v",
        "show",
        "hide",
        "knob",
        "value",
        "have",
    ]
    words = [
        "adam",
        "momentum(",
        "1",
        "-1e9",
        ",",
        "=",
        "lane/0/learning_rate",
        "formula",
        '"x^2"',
        "steps",
        "%",
        "&",
        "é",
    ]

    async def ask_all() -> list[Reply]:
        route = RaceRoute(most=1000)
        return [await call(route, query) for query in queries]

    def part() -> tuple[str, str]:
        return draw.choice(names), "".join(draw.choices(words, k=draw.randint(0, 4)))

    queries = [urlencode([part() for _ in range(draw.randint(1, 4))]) for _ in range(150)]
    queries += ["".join(draw.choices(string.printable.strip(), k=40)) for _ in range(50)]
    assert {reply.status for reply in asyncio.run(ask_all())} <= {200, 400, 403}


def test_what_an_exercise_hides_cannot_be_turned():
    link = "lanes=adam&hide=learning_rate&knob=lane/0/learning_rate&value=0.5"
    reply = get(link)
    assert reply.status == 400 and "hides" in reply.body.decode()
    assert get(link.replace("hide=learning_rate", "hide=steps")).status == 200


# Own data


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Streamlit's sessions that have a browser, as a set to change."""
    names: set[str] = set()

    monkeypatch.setattr(access, "is_open", names.__contains__)
    return names


def own_race() -> tuple[dict[str, Any], dict[str, str]]:
    """Losses over a person's data, and the link of a race over them."""
    losses = by_key(losses_over(CSV).values())
    return dict(losses), {"surface": next(iter(losses)), "lanes": "gradient_descent", "steps": "9"}


def test_own_data_are_for_the_session_that_loaded_them(sessions: set[str]):
    losses, link = own_race()
    mine, yours = Access("mine"), Access("yours")
    mine.data = losses
    sessions |= {"mine", "yours"}
    link |= {"knob": "lane/0/learning_rate", "value": "0.02"}
    reply = get(link, Session_Token=mine.token)
    assert reply.tree["surface"]["data"]["names"] == ["height", "weight"]
    assert reply.headers["cache-control"] == "private, no-store" and "etag" not in reply.headers
    for refused in (
        get(link),
        get(link, Session_Token=yours.token),
        get(link, Session_Token=mine.token[:-1]),
        get(link, Session_Token="é" * 40),
        get(link, Cookie=f"Session-Token={mine.token}"),
    ):
        assert refused.status == 403 and b"Load that file first" in refused.body
        assert refused.headers["cache-control"] == "no-store"
    by_address = get(link | {"token": mine.token})
    assert by_address.status == 400, "an address alone never gives data"


def test_a_token_ends_with_its_session(sessions: set[str]):
    losses, link = own_race()
    mine = Access("mine")
    mine.data, token = losses, mine.token
    assert get(link, Session_Token=token).status == 403, "no browser is connected"
    sessions.add("mine")
    assert get(link, Session_Token=token).status == 200
    sessions.remove("mine")
    assert get(link, Session_Token=token).status == 403
    sessions.add("mine")
    del mine
    assert get(link, Session_Token=token).status == 403, "the session's state held it"


def test_tokens_cannot_be_guessed():
    tokens = {Access("").token for _ in range(100)}
    assert len(tokens) == 100 and min(map(len, tokens)) >= 43


# Bounds


def test_an_allowance_is_used_up_and_comes_back():
    now = 100.0
    allowance = Allowance(0.5, 2.0, lambda: now)
    assert allowance.wait("a") == 0
    allowance.charge("a", 3.0)
    assert allowance.wait("a") == 2.0 and allowance.wait("b") == 0
    now += 1.5
    assert allowance.wait("a") == 0.5
    now += 1e6
    assert allowance.wait("a") == 0
    allowance.charge("a", 2.5)
    assert allowance.wait("a") == 1.0, "what is not used does not add up"


def test_an_allowance_remembers_a_bounded_number_of_visitors(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("landscape_lab.ui.server.allowance.MOST_VISITORS", 3)
    allowance = Allowance(1.0, 1.0)
    for name in "abcde":
        allowance.charge(name, 5.0)
    assert [name for name in "abcde" if allowance.wait(name)] == list("cde")


def test_a_visitor_who_asks_for_too_much_waits_and_nobody_else_does(sessions: set[str]):
    async def ask_all() -> dict[str, int]:
        route = RaceRoute(rate=1e-6, most=1e-6)
        link = "lanes=adam&steps=3"
        mine = Access("mine")
        sessions.add("mine")
        asked: dict[str, dict[str, str]] = {
            "first": {"client": "2001:db8:0:1::1"},
            "same": {"client": "2001:db8:0:1::1"},
            "same network": {"client": "2001:db8:0:1::2"},
            "other network": {"client": "2001:db8:0:2::1"},
            "session": {"client": "2001:db8:0:1::1", "Session_Token": mine.token},
            "session again": {"client": "192.0.2.7", "Session_Token": mine.token},
            "unknown": {"client": ""},
        }
        replies = {name: await call(route, link, **of) for name, of in asked.items()}
        assert int(replies["same"].headers["retry-after"]) > 0
        return {name: reply.status for name, reply in replies.items()}

    assert asyncio.run(ask_all()) == {
        "first": 200, "same": 429, "same network": 429, "other network": 200, "session": 200, "session again": 429,
        "unknown": 200,
    }  # fmt: skip


@pytest.fixture
def busy() -> Any:
    """Holds the threads of long work until it is called."""
    return _Busy()


class _Busy:
    """All threads of long work are occupied until `end`."""

    def __init__(self) -> None:
        self._going = True
        self._executor = WORKER_POOL.executor()
        futures = [self._executor.submit(self._wait) for _ in range(WORKER_POOL._workers)]
        _until(lambda: all(future.running() for future in futures))

    def _wait(self) -> None:
        _until(lambda: not self._going)

    def end(self) -> None:
        self._going = False


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.002)


def test_what_a_client_asked_for_that_hung_up_is_not_computed(busy: _Busy, monkeypatch: pytest.MonkeyPatch):
    computed = []
    monkeypatch.setattr("landscape_lab.ui.server.race_query.ask", lambda text, _own: computed.append(text))

    async def ask_all() -> int:
        route, gone = RaceRoute(), asyncio.Event()
        asked = [asyncio.create_task(call(route, f"steps={i}", gone)) for i in (1, 2)]
        await asyncio.sleep(0.05)
        gone.set()
        replies = await asyncio.gather(*asked)
        busy.end()
        while any(executor.tasks for executor in list(WORKER_POOL._queue)):
            await asyncio.sleep(0.01)
        assert not route._visitors and not route._requests
        return sum(reply.status == 499 for reply in replies)

    try:
        assert asyncio.run(ask_all()) == 2
    finally:
        busy.end()
    assert computed == []


def test_what_waits_for_its_turn_with_the_scripts_ends_with_its_client(monkeypatch: pytest.MonkeyPatch):
    """However many releases a client hangs up on: one thread waits for it, and none of them is computed."""
    computed, threads = [], set[int]()
    monkeypatch.setattr("landscape_lab.ui.server.race_query.ask", lambda text, _own: computed.append(text))
    turn = SCRIPTS.running

    @contextmanager
    def counted() -> Iterator[None]:
        threads.add(get_ident())
        with turn():
            yield

    monkeypatch.setattr(SCRIPTS, "running", counted)
    monkeypatch.setattr(SCRIPTS, "_max_hold", PATIENCE)

    async def ask_all() -> list[int]:
        route, statuses = RaceRoute(), []
        with turn():  # a script is being run
            for i in range(MOST_OF_VISITOR):
                gone = asyncio.Event()
                asked = asyncio.create_task(call(route, f"steps={i}&released", gone))
                await asyncio.sleep(0.02)
                gone.set()
                statuses.append((await asked).status)
        while route._requests:
            await asyncio.sleep(0.01)
        assert not route._visitors
        return statuses

    assert asyncio.run(ask_all()) == [499] * MOST_OF_VISITOR
    assert computed == [] and len(threads) == 1


def test_a_client_pays_for_what_is_computed_after_it_has_hung_up(monkeypatch: pytest.MonkeyPatch):
    began, end = Event(), Event()

    def ask(_text: str, _own: object) -> None:
        began.set()
        end.wait(PATIENCE)
        spent = time.thread_time()
        while time.thread_time() < spent + 0.02:
            pass

    monkeypatch.setattr("landscape_lab.ui.server.race_query.ask", ask)

    async def ask_for(query: str) -> float:
        began.clear()
        end.clear()
        charged: list[float] = []
        monkeypatch.setattr(Allowance, "charge", lambda _self, _visitor, seconds: charged.append(seconds))
        route, gone = RaceRoute(), asyncio.Event()
        asked = asyncio.create_task(call(route, query, gone))
        await asyncio.to_thread(began.wait, PATIENCE)
        gone.set()
        assert (await asked).status == 499
        end.set()
        async with asyncio.timeout(PATIENCE):
            while len(charged) < 2:
                await asyncio.sleep(0.01)
        return sum(charged)

    for query in ("steps=1", "steps=1&released"):
        assert asyncio.run(ask_for(query)) > 0.02, query


def test_a_released_number_does_not_wait_for_long_work_but_for_scripts(busy: _Busy):
    async def ask_all() -> tuple[bool, bool, int]:
        route, link = RaceRoute(), "lanes=adam&steps=3"
        dragged = asyncio.create_task(call(route, link, client="192.0.2.1"))
        released = asyncio.create_task(call(route, f"{link}&released=", client="192.0.2.2"))
        with SCRIPTS.running():
            done, _ = await asyncio.wait([dragged, released], timeout=0.1)
        reply = await released
        waits = not dragged.done()
        busy.end()
        same = (await dragged).body == reply.body
        return bool(done), waits and same, reply.status

    try:
        assert asyncio.run(ask_all()) == (False, True, 200)
    finally:
        busy.end()


def test_who_hangs_up_while_it_is_computed_pays_for_all_of_it(monkeypatch: pytest.MonkeyPatch):
    begun, left = Event(), Event()

    def ask(_text: str, _own: Any) -> None:
        begun.set()
        left.wait(PATIENCE)
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            pass

    monkeypatch.setattr("landscape_lab.ui.server.race_query.ask", ask)

    async def hang_up() -> tuple[int, float]:
        route, gone = RaceRoute(rate=1e-3, most=0.01), asyncio.Event()
        asked = asyncio.create_task(call(route, "", gone))
        await asyncio.to_thread(begun.wait, PATIENCE)
        gone.set()
        status = (await asked).status
        assert route._one.locked(), "it is still computed"
        left.set()
        async with route._one:
            return status, route._allowance.wait(ipaddress.ip_address("192.0.2.1"))

    status, wait = asyncio.run(hang_up())
    assert status == 499 and wait >= 10


def test_one_race_is_computed_at_a_time_and_few_of_a_visitor_wait(busy: _Busy):
    async def ask_all() -> tuple[list[int], int, int]:
        route = RaceRoute()
        asked = [asyncio.create_task(call(route, "lanes=adam&steps=2")) for _ in range(MOST_OF_VISITOR + 3)]
        other = asyncio.create_task(call(route, "lanes=adam&steps=2", client="192.0.2.2"))
        await asyncio.sleep(0.1)
        waiting = sum(len(executor.tasks) for executor in WORKER_POOL._queue)
        busy.end()
        return [(await each).status for each in asked], (await other).status, waiting

    try:
        mine, other, waiting = asyncio.run(ask_all())
    finally:
        busy.end()
    assert waiting == 1
    assert mine == [200] * MOST_OF_VISITOR + [429] * 3
    assert other == 200


def test_there_is_a_bound_for_all_visitors_together(busy: _Busy, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("landscape_lab.ui.server.race_route.MOST_OF_ALL", 2)

    async def ask_all() -> list[int]:
        route = RaceRoute()
        asked = [asyncio.create_task(call(route, "lanes=adam&steps=2", client=f"192.0.2.{i}")) for i in range(3)]
        await asyncio.sleep(0.05)
        busy.end()
        return [(await each).status for each in asked]

    try:
        assert asyncio.run(ask_all()) == [200, 200, 503]
    finally:
        busy.end()


def test_a_long_race_is_computed_entry_by_entry(monkeypatch: pytest.MonkeyPatch):
    pieces = []
    submit = type(WORKER_POOL.executor()).submit
    monkeypatch.setattr(
        "landscape_lab.ui.jobs.worker_pool.SessionExecutor.submit",
        lambda executor, work: pieces.append(work) or submit(executor, work),
    )
    get("lanes=adam,momentum,rmsprop&steps=20")
    short = len(pieces)
    get("lanes=adam,momentum,rmsprop&steps=3000")
    assert (short, len(pieces) - short) == (1, 5)
