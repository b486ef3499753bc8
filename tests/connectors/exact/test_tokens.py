"""The token protocol: one refresher, saved before use, nothing asked twice without need; kills at every step."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from syncengine.errors import End, LoginError, StateError, Transient
from syncengine_connectors.exact.keeper import LIFETIME, Keeper
from syncengine_connectors.exact.profile import Chain, FileProfile, Tokens
from syncengine_connectors.exact.tokens import App, TokenServer, read_reply
from syncengine_connectors.http import Answer, HttpClient
from tests.builders import rows
from tests.connectors.exact.world import SECRET, URL, World

TOKEN = "/api/oauth2/token"


class Killed(BaseException):
    """The process dies here; no handler may catch it."""


class Wire(httpx.BaseTransport):
    """The way to the server, with something happening before or after each call."""

    def __init__(self, world: World) -> None:
        self._inner = httpx.WSGITransport(app=world.app)
        self.before: Callable[[httpx.Request], None] = lambda request: None
        self.after: Callable[[httpx.Request], None] = lambda request: None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.before(request)
        response = self._inner.handle_request(request)
        self.after(request)
        return response


class Desk:
    """Everything one process needs to hold a login; ``process()`` starts another one on the same profile."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wire = Wire(world)
        self.profile = FileProfile(world.folder / "credentials", "exact-test", {})
        issued = world.emulator.issue_tokens()
        now = world.clock.now().timestamp()
        self.profile.save(
            Chain(
                current=Tokens(access=issued["access_token"], refresh=issued["refresh_token"], asked=now, answered=now)
            )
        )

    def process(self) -> Keeper:
        http = HttpClient(URL, self.world.clock, transport=self.wire)
        app = App(client_id=self.world.emulator.settings.client_id, client_secret=SECRET)
        return Keeper(
            FileProfile(self.profile.path.parent, "exact-test", {}),
            TokenServer(http, app, self.world.clock),
            self.world.clock,
        )

    def works(self, tokens: Tokens) -> bool:
        return self.world.emulator.oauth.valid(f"Bearer {tokens.access}")

    @property
    def asked(self) -> int:
        return len(self.world.calls(TOKEN))


@pytest.fixture
def desk(world) -> Desk:
    return Desk(world)


def test_a_young_token_is_used_without_a_call_or_a_lock(desk, monkeypatch):
    monkeypatch.setattr(FileProfile, "lock", lambda self: pytest.fail("no lock is needed"))
    monkeypatch.setattr(Keeper, "_renew", lambda self, refused: self._profile.load().current)
    keeper = desk.process()
    for _ in range(3):
        assert desk.works(keeper.token())
        desk.world.clock.advance(180)
    assert desk.asked == 0


def test_a_token_is_renewed_at_570_seconds_and_not_before(desk):
    keeper = desk.process()
    first = keeper.token()
    desk.world.clock.advance(569)
    assert keeper.token() == first
    assert desk.asked == 0
    desk.world.clock.advance(1)
    second = keeper.token()
    assert second.access != first.access
    assert desk.works(second)
    assert desk.asked == 1


def test_ten_threads_and_two_profiles_of_one_file_make_one_call(desk):
    desk.world.clock.advance(580)
    keepers = [desk.process(), desk.process()]
    got: list[str] = []
    start = threading.Barrier(10)

    def run(keeper: Keeper) -> None:
        start.wait()
        got.append(keeper.token().access)

    threads = [threading.Thread(target=run, args=(keepers[n % 2],)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.asked == 1
    assert len(got) == 10
    assert len(set(got)) == 1


def test_what_another_process_refreshed_is_used(desk):
    one, two = desk.process(), desk.process()
    one.token(), two.token()
    desk.world.clock.advance(575)
    fresh = one.token()
    assert two.token() == fresh
    assert desk.asked == 1


def test_a_refresh_refused_as_too_early_keeps_the_token_and_does_not_hammer(desk):
    keeper = desk.process()
    before = keeper.token()
    # Our clock runs ahead of the server's.
    desk.world.clock.advance(575)
    desk.world.emulator.clock.advance(-300)
    assert keeper.token().access == before.access
    assert desk.asked == 1
    for _ in range(5):
        assert keeper.token().access == before.access
    assert desk.asked == 1, "asked again only after a while"
    desk.world.clock.advance(300)
    assert keeper.token().access != before.access
    assert desk.profile.load().dead == ""


def test_the_early_refusal_of_older_texts_is_a_401(tmp_path):
    world = World(tmp_path, early_refresh_status=401)
    desk = Desk(world)
    world.clock.advance(575)
    world.emulator.clock.advance(-300)
    assert desk.works(desk.process().token())


def test_a_lost_answer_before_the_server_turned_is_asked_again_with_the_same_token(desk):
    desk.world.clock.advance(580)
    desk.world.fault("timeout", path=TOKEN, nth=1)
    desk.world.fault("reset", path=TOKEN, nth=2)
    assert desk.works(desk.process().token())
    assert desk.world.clock.slept == [0.0, 10.0]
    assert desk.asked == 3


def test_a_token_server_that_stays_silent_is_left_alone_until_the_next_run(desk):
    desk.world.clock.advance(580)
    desk.world.fault("html_502", path=TOKEN, every=1, times=4)
    with pytest.raises(Transient, match="gave no answer") as caught:
        desk.process().token()
    assert caught.value.end is End.LATER
    assert desk.asked == 4
    assert desk.world.clock.slept == [0.0, 10.0, 30.0]
    assert desk.works(desk.process().token()), "the same token still works in the next run"


def test_a_silent_token_server_is_not_asked_by_every_repetition_of_a_read(world):
    side = world.connect()
    side._wires.administration.me()
    world.clock.advance(580)
    asked = len(world.calls(TOKEN))
    world.fault("html_502", path=TOKEN, every=1, times=99)
    with pytest.raises(Transient, match="gave no answer"):
        side._wires.administration.all()
    assert len(world.calls(TOKEN)) - asked == 4


def test_a_wrong_secret_is_mended_in_the_mapping_and_keeps_the_login(desk):
    desk.world.clock.advance(580)
    stranger = desk.process()
    stranger._server._app = App(client_id=desk.world.emulator.settings.client_id, client_secret="mistyped")
    with pytest.raises(LoginError, match="client_id and client_secret"):
        stranger.token()
    assert desk.works(desk.process().token())


def test_an_answer_that_never_reached_our_disk_ends_with_a_login_and_no_more_calls(desk):
    desk.world.clock.advance(580)
    desk.world.fault("timeout_done", path=TOKEN)
    with pytest.raises(LoginError, match="continued elsewhere") as caught:
        desk.process().token()
    assert caught.value.end is End.LOGIN
    asked = desk.asked
    for _ in range(3):
        with pytest.raises(LoginError, match="sync login"):
            desk.process().token()
    assert desk.asked == asked, "no token call is made until a person logged in"


def test_an_unwritable_profile_makes_no_token_call(desk, monkeypatch):
    desk.world.clock.advance(580)
    keeper = desk.process()

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("syncengine.sealed._replace", full)
    with pytest.raises(StateError, match="no token call is made") as caught:
        keeper.token()
    assert caught.value.end is End.STATE
    assert desk.asked == 0


def kill_before_call(desk, patch):
    def die(request):
        raise Killed

    desk.wire.before = die


def kill_after_answer(desk, patch):
    def die(request):
        raise Killed

    desk.wire.after = die


def kill_at_save(number):
    """Die in the n-th durable write: the note before the call is the first, the new tokens the second."""

    def arrange(desk, patch):
        import syncengine.sealed as module

        real, seen = module._replace, []

        def replaced(path, content):
            seen.append(path)
            if len(seen) == number:
                raise Killed
            real(path, content)

        patch.setattr(module, "_replace", replaced)

    return arrange


def use(keeper: Keeper) -> None:
    keeper.worked(keeper.token())


KILLS = [
    (kill_at_save(1), True, "before the note"),
    (kill_before_call, True, "after the note, before the call"),
    (kill_after_answer, False, "the server turned, the answer is lost: the one gap"),
    (kill_at_save(2), False, "the answer is here but not on disk: the one gap"),
    (kill_at_save(3), True, "saved, before the first use is noted"),
]  # fmt: skip


@pytest.mark.parametrize(("arrange", "survives"), rows(KILLS))
def test_a_kill_at_any_step(desk, arrange, survives):
    desk.world.clock.advance(580)
    with pytest.MonkeyPatch.context() as patch:
        arrange(desk, patch)
        with pytest.raises(Killed):
            use(desk.process())
    desk.wire.before = desk.wire.after = lambda request: None
    if survives:
        assert desk.works(desk.process().token())
    else:
        with pytest.raises(LoginError):
            desk.process().token()


def test_new_tokens_are_on_disk_before_they_are_used(desk):
    desk.world.clock.advance(580)
    keeper = desk.process()
    used = keeper.token()
    assert desk.profile.load().current == used


def test_the_generation_before_is_kept_until_the_new_one_worked(desk):
    first = desk.profile.load().current
    desk.world.clock.advance(580)
    keeper = desk.process()
    tokens = keeper.token()
    assert desk.profile.load().previous == first
    keeper.worked(tokens)
    chain = desk.profile.load()
    assert chain.previous is None
    assert chain.current == replace(tokens, worked=True)
    keeper.worked(keeper.token())
    assert desk.asked == 1


def test_the_generation_before_is_tried_once_when_the_new_one_is_called_old(desk):
    # A copy of the profile went wrong: what is stored as current was never ours, what came before is still good.
    good = desk.profile.load().current
    bad = desk.world.emulator.issue_tokens()
    desk.world.clock.advance(580)
    desk.world.emulator.oauth._refresh(bad["refresh_token"])
    stale = Tokens(
        access="x", refresh=bad["refresh_token"], asked=0.0, answered=desk.world.clock.now().timestamp() - 580
    )
    desk.profile.save(Chain(current=stale, previous=good))
    assert desk.works(desk.process().token())
    assert desk.asked == 2


def test_two_copies_of_a_chain_are_noticed(desk):
    copy = desk.profile.load()
    desk.world.clock.advance(580)
    desk.process().token()
    desk.profile.save(copy)
    with pytest.raises(LoginError, match="two copies"):
        desk.process().token()


AGES = [
    (20, True, "day 20"),
    (23, True, "day 23"),
    (29.9, True, "just before the end"),
    (30.1, False, "just after the end"),
    (31, False, "day 31"),
]  # fmt: skip


@pytest.mark.parametrize(("days", "lives"), rows(AGES))
def test_after_so_many_days_unused(desk, days, lives):
    desk.world.clock.advance(days * 86_400)
    if lives:
        assert desk.works(desk.process().token())
    else:
        with pytest.raises(LoginError, match="30 days"):
            desk.process().token()
        assert desk.asked == 0


def test_a_clock_set_back_asks_rather_than_trusts(desk):
    keeper = desk.process()
    keeper.token()
    desk.world.clock.advance(590)
    desk.world.clock.step(-7200)
    assert desk.works(keeper.token())


def test_nobody_logged_in_says_what_to_do(tmp_path):
    desk = Desk(World(tmp_path))
    desk.profile.path.unlink()
    with pytest.raises(LoginError, match="Log in: sync login"):
        desk.process().token()


JSON = {"content-type": "application/json"}
REPLIES = [
    (200, JSON, b'{"access_token":"a","refresh_token":"r","expires_in":"600"}', "new", "tokens"),
    (200, JSON, b'{"access_token":"a"}', "silent", "half an answer"),
    (200, JSON, b"", "silent", "an empty answer: the chain may have moved"),
    (200, JSON, b"[]", "silent", "no object"),
    (400, JSON, b'{"error":"access_denied","error_description":"Rate limit exceeded"}', "early", "too early"),
    (400, {**JSON, "reason": "TooEarlyToRefreshTokens: x"}, b"{}", "early", "too early, by the header alone"),
    (401, JSON, b'{"error":"unauthorized_client","error_description":"Old refresh token used."}', "old", "used before"),
    (400, JSON, b'{"error":"invalid_request","error_description":"The refresh token expired at 10/11"}', "refused", "expired"),
    (400, JSON, b'{"error":"invalid_client"}', "stranger", "wrong client"),
    (400, JSON, b'{"error":"invalid_grant"}', "refused", "broken session"),
    (429, JSON, b'{"error":"x"}', "silent", "too many token calls"),
    (500, JSON, b'{"error":"server_error"}', "silent", "fault"),
    (503, {"content-type": "text/html"}, b"<html>", "silent", "maintenance"),
    (400, {"content-type": "text/html"}, b"<html>", "silent", "nothing that says no"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "headers", "body", "kind"), rows(REPLIES))
def test_a_token_answer_means(status, headers, body, kind):
    assert read_reply(Answer(status=status, headers=headers, body=body), 1.0, 2.0).kind == kind


def test_no_token_shows_in_an_error_or_a_representation(desk):
    secrets = [desk.profile.load().current.refresh, desk.profile.load().current.access, SECRET]
    desk.world.clock.advance(580)
    desk.world.fault("timeout_done", path=TOKEN)
    keeper = desk.process()
    with pytest.raises(LoginError) as caught:
        keeper.token()
    text = f"{caught.value} {keeper!r} {vars(keeper)!r} {vars(keeper._server)!r} {desk.profile.load()!r}"
    assert not [secret for secret in secrets if secret in text]


def test_thirty_days_is_what_the_server_gives(desk):
    assert desk.world.emulator.settings.refresh_token_s == LIFETIME
