"""Webhooks: subscriptions against the emulated server, and events believed only if their very bytes are signed."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exact_emulator.webhooks import RecordingSender, sign
from syncengine.errors import UserError
from syncengine_connectors.exact import webhooks
from syncengine_connectors.exact.events import LARGEST, Event, Forged, is_handshake, verify
from tests.builders import rows
from tests.connectors.exact.world import DIVISION, World

SECRET = "webhook-secret"
KEY = "0f8fad5b-d9cd-469f-a165-70867728950e"
CONTENT = {
    "Topic": "Accounts", "ClientId": "app", "Division": DIVISION, "Action": "Update", "Key": KEY,
    "ExactOnlineEndpoint": "https://elsewhere.example/x", "EventCreatedOn": "2020-01-06T16:26:08.587",
}  # fmt: skip


def signed(content: object = CONTENT, secret: str = SECRET) -> bytes:
    return sign(content if isinstance(content, str) else json.dumps(content, separators=(",", ":")), secret)


# Verifying


def test_an_event_is_read_and_the_address_in_it_is_left_out():
    event = verify(signed(), SECRET)
    assert event == Event(
        topic="Accounts",
        division=DIVISION,
        action="Update",
        key=KEY,
        client="app",
        created=str(CONTENT["EventCreatedOn"]),
    )
    assert "elsewhere" not in repr(event)


def test_what_the_emulator_sends_is_believed(world: World) -> None:
    webhooks_of(world, action="subscribe", url="https://app.example/hook", topics=("Accounts",))
    key = world.emulator.create("Accounts", {"Name": "Café & zn"})
    world.emulator.webhooks.flush()
    sender = world.emulator.webhooks.sender
    assert isinstance(sender, RecordingSender)
    (_, empty), (_, body) = sender.posts
    assert is_handshake(empty)
    assert not is_handshake(body)
    event = verify(body, world.emulator.settings.webhook_secret)
    assert (event.topic, event.action, event.key, event.division) == ("Accounts", "Create", key, DIVISION)


def spaced() -> bytes:
    return signed().replace(b'"Action":"Update"', b'"Action": "Update"')


HOSTILE = [
    (b"", "nothing: the handshake is no event"),
    (b"{}", "an empty object"),
    (b"[" * 100_000, "deep nesting"),
    (signed()[:-1], "cut off by a byte"),
    (signed() + b"x", "a byte more"),
    (b" " + signed(), "a space before"),
    (spaced(), "one space within"),
    (signed(secret="other"), "another app's secret"),
    (signed().replace(b"Update", b"Delete"), "another action, the old hash"),
    (signed().replace(b'"HashCode":"', b'"HashCode":"0'), "a hash of 65 digits"),
    (b'{"Content":,"HashCode":"' + b"0" * 64 + b'"}', "no content"),
    (b'{"Content":{"Topic":"Accounts"}}', "no hash"),
    (json.dumps({"Content": CONTENT, "HashCode": "é" * 64}).encode(), "a hash that is no hex"),
    (signed({**CONTENT, "Key": "x'; drop"}), "signed, but its key is none"),
    (signed({**CONTENT, "Division": True}), "signed, but its administration is none"),
    (signed({**CONTENT, "Action": "Explode"}), "signed, but its action is none"),
    (signed({**CONTENT, "Topic": ["Accounts"]}), "signed, but its topic is a list"),
    (signed("[]"), "signed, but no object"),
    (signed("[" * 20_000), "signed, but nested without end"),
    (signed('"' + "a" * LARGEST + '"'), "larger than any event"),
    (b'{"Content":' + b"\xff\xfe" + b',"HashCode":"' + b"0" * 64 + b'"}', "no UTF-8"),
]


@pytest.mark.parametrize("raw", rows(HOSTILE))
def test_what_is_no_event_is_refused_and_not_repeated(raw):
    with pytest.raises(Forged) as refusal:
        verify(raw, SECRET)
    assert len(str(refusal.value)) < 80


def test_a_hash_within_the_content_is_not_the_one_that_counts():
    inner = json.dumps({**CONTENT, "Note": ',"HashCode":"' + "0" * 64 + '"}'}, separators=(",", ":"))
    assert verify(signed(inner), SECRET).key == KEY


def test_the_hash_may_be_in_lower_case_and_the_text_in_any_language():
    content = json.dumps({**CONTENT, "ClientId": "café"}, separators=(",", ":"), ensure_ascii=False)
    digest = hmac.new(SECRET.encode(), content.encode(), hashlib.sha256).hexdigest()
    assert verify(f'{{"Content":{content},"HashCode":"{digest}"}}'.encode(), SECRET).client == "café"


def test_an_empty_secret_believes_nobody():
    with pytest.raises(ValueError, match="empty"):
        verify(signed(secret=""), "")


@given(st.binary(max_size=300))
def test_any_bytes_end_cleanly(raw):
    for body in (raw, b'{"Content":' + raw, b'{"Content":' + raw + b',"HashCode":"' + b"0" * 64 + b'"}'):
        with pytest.raises(Forged):
            verify(body, SECRET)


# Subscribing


def webhooks_of(world: World, **ask: object) -> list[dict[str, str]]:
    options = {"division": DIVISION, "url": "emulator"}
    return [dict(row) for row in webhooks(options, world.ports(), {"topics": (), **ask})]


HOOK = "https://app.example/hook"


def test_subscribe_list_and_remove(world):
    made = webhooks_of(world, action="subscribe", url=HOOK, topics=("accounts", "Items"))
    assert [row["topic"] for row in made] == ["Accounts", "Items"]
    there = webhooks_of(world, action="list")
    assert [(row["topic"], row["url"]) for row in there] == [("Accounts", HOOK), ("Items", HOOK)]
    gone = webhooks_of(world, action="remove", topics=("Items",))
    assert [row["id"] for row in gone] == [made[1]["id"]]
    assert webhooks_of(world, action="remove", topics=(made[0]["id"],))
    assert webhooks_of(world, action="list") == []


def test_a_lost_answer_to_a_subscription_is_looked_up(world):
    world.fault("timeout_done", method="POST", path="*/WebhookSubscriptions")
    (made,) = webhooks_of(world, action="subscribe", url=HOOK, topics=("Accounts",))
    assert [row["id"] for row in webhooks_of(world, action="list")] == [made["id"]]


def test_a_handshake_that_fails_is_told_in_the_words_of_the_side(world):
    sender = world.emulator.webhooks.sender
    assert isinstance(sender, RecordingSender)
    sender.status = 500
    with pytest.raises(UserError, match=r"did not subscribe Accounts: Ongeldig: .* 500"):
        webhooks_of(world, action="subscribe", url=HOOK, topics=("Accounts",))
    assert webhooks_of(world, action="list") == []


def test_a_topic_that_is_subscribed_already_is_told(world):
    webhooks_of(world, action="subscribe", url=HOOK, topics=("Accounts",))
    with pytest.raises(UserError, match="Gegeven bestaat reeds"):
        webhooks_of(world, action="subscribe", url="https://app.example/other", topics=("Accounts",))


REFUSED = [
    (HOOK, ("VATCodes",), "no topic VATCodes", "a kind of record that is not announced"),
    ("http://app.example/hook", ("Accounts",), "must be https", "not encrypted"),
    ("https://user:word@app.example/", ("Accounts",), "without user", "a password in the address"),
    ("nonsense", ("Accounts",), "no address", "no address at all"),
]


@pytest.mark.parametrize(("url", "topics", "why"), rows(REFUSED))
def test_what_cannot_be_subscribed_is_refused_before_any_call(world, url, topics, why):
    with pytest.raises(UserError, match=why):
        webhooks_of(world, action="subscribe", url=url, topics=topics)
    assert world.calls("WebhookSubscriptions") == []


def test_removing_what_is_not_there_removes_nothing(world):
    webhooks_of(world, action="subscribe", url=HOOK, topics=("Accounts",))
    with pytest.raises(UserError, match="no subscription Items"):
        webhooks_of(world, action="remove", topics=("Accounts", "Items"))
    assert len(webhooks_of(world, action="list")) == 1
