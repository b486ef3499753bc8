"""Subscriptions, their handshake, and signed events."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from exact_emulator.webhooks import LoopbackSender
from tests.builders import rows
from tests.exact_emulator.conftest import DIVISION, message

CALLBACK = "https://app.example/hook"


def subscribe(client, topic="Accounts", url=CALLBACK):
    return client.post("webhooks/WebhookSubscriptions", CallbackURL=url, Topic=topic)


def posts(client):
    return client.emulator.webhooks.sender.posts


def test_a_new_subscriber_is_tried_with_an_empty_body(exact):
    answer = subscribe(exact)
    assert answer.status_code == 201
    assert answer.json()["d"]["ClientID"] == exact.emulator.settings.client_id
    assert posts(exact) == [(CALLBACK, b"")]


@pytest.mark.parametrize("status", [0, 204, 302, 500])
def test_a_subscriber_that_does_not_answer_200_is_refused(make, status):
    client = make(language="EN")
    client.emulator.webhooks.sender.status = status
    refused = subscribe(client)
    assert (refused.status_code, message(refused)) == (500, f"Invalid: Post to callback URL endpoint returns {status}")
    assert client.emulator.records("WebhookSubscriptions") == []


def test_a_topic_is_subscribed_once(exact):
    first = subscribe(exact).json()["d"]["ID"]
    again = subscribe(exact, url="https://app.example/other")
    assert (again.status_code, message(again)) == (500, "Gegeven bestaat reeds.")
    assert subscribe(exact, topic="Contacts").status_code == 201
    assert exact.delete("webhooks/WebhookSubscriptions", first).status_code == 204
    assert subscribe(exact).status_code == 201


@pytest.mark.parametrize(
    ("switches", "status"), rows([({}, 500, "https by default"), ({"webhook_https": False}, 201, "http where allowed")])
)
def test_the_address_must_be_https(make, switches, status):
    assert subscribe(make(**switches), url="http://127.0.0.1:1/hook").status_code == status


def test_every_change_is_announced_with_key_and_hash(exact):
    subscribe(exact)
    posts(exact).clear()
    key = exact.create("crm/Accounts", Name="A")["ID"]
    exact.emulator.edit("Accounts", key, {"City": "Delft"})
    exact.emulator.webhooks.flush()
    exact.delete("crm/Accounts", key)
    exact.create("logistics/Items", Code="1", Description="nobody listens")
    events = [json.loads(body) for _, body in posts(exact)]
    assert [(e["Content"]["Action"], e["Content"]["Key"]) for e in events] == [
        ("Create", key), ("Update", key), ("Delete", key),
    ]  # fmt: skip
    assert events[0]["Content"] == {
        "Topic": "Accounts", "ClientId": exact.emulator.settings.client_id, "Division": DIVISION, "Action": "Create", "Key": key,
        "ExactOnlineEndpoint": f"https://start.exactonline.nl/api/v1/{DIVISION}/crm/Accounts(guid'{key}')",
        "EventCreatedOn": "2026-07-01T10:00:00.000",
    }  # fmt: skip


def test_the_hash_is_over_the_raw_bytes(exact):
    subscribe(exact)
    exact.create("crm/Accounts", Name="A")
    body = posts(exact)[-1][1]
    content = body[len(b'{"Content":') : body.index(b',"HashCode":')]
    secret = exact.emulator.settings.webhook_secret.encode()
    expected = hmac.new(secret, content, hashlib.sha256).hexdigest().upper()
    assert json.loads(body)["HashCode"] == expected
    assert hmac.new(secret, content + b" ", hashlib.sha256).hexdigest().upper() != expected


def test_delivery_can_wait_for_the_test(make):
    client = make(webhook_delivery="manual")
    subscribe(client)
    client.create("crm/Accounts", Name="A")
    assert (len(posts(client)), client.emulator.webhooks.pending()) == (1, 1)
    assert client.http.post("/_admin/webhooks/flush").json() == {"posted": 1}
    assert len(posts(client)) == 2


@pytest.mark.parametrize(
    "url", ["https://app.example/hook", "http://192.0.2.1/", "ftp://127.0.0.1/", "http://127.0.0.1.example/", "x"]
)
def test_a_real_post_never_leaves_this_machine(url):
    assert LoopbackSender()(url, b"", {}) == 0
