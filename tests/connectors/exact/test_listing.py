"""Answers in all their forms, and links that are not followed."""

from __future__ import annotations

import pytest

from syncengine.errors import Transient
from syncengine_connectors.exact.catalogue import Catalogue
from syncengine_connectors.exact.listing import envelope
from tests.builders import rows
from tests.connectors.exact.world import DIVISION

ACCOUNTS = Catalogue.shipped().endpoint("crm/Accounts")

FORMS = [
    ({"results": [{"ID": "a"}], "__next": "x"}, [{"ID": "a"}], "x", "a page with a next one"),
    ({"results": []}, [], None, "an empty last page"),
    ([{"ID": "a"}, {"ID": "b"}], [{"ID": "a"}, {"ID": "b"}], None, "a bare list, as with $top"),
    ([], [], None, "an empty bare list"),
    ({"ID": "a"}, [{"ID": "a"}], None, "one record"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected", "link"), rows(FORMS))
def test_an_answer_holds(content, expected, link):
    assert envelope(ACCOUNTS, content) == (expected, link)


@pytest.mark.parametrize("content", [None, "text", 5, {"results": {}}, {"results": None}])
def test_what_is_no_list_is_no_empty_list(content):
    with pytest.raises(Transient, match="no list"):
        envelope(ACCOUNTS, content)


LINKS = [
    (f"http://emulator.invalid/api/v1/{DIVISION}/crm/Accounts?$skiptoken=guid'a'", True, "the same server and administration"),
    (f"https://elsewhere.example/api/v1/{DIVISION}/crm/Accounts?x", False, "another server"),
    (f"https://emulator.invalid/api/v1/{DIVISION}/crm/Accounts?x", False, "another scheme"),
    (f"http://emulator.invalid:81/api/v1/{DIVISION}/crm/Accounts?x", False, "another port"),
    (f"http://x@emulator.invalid/api/v1/{DIVISION}/crm/Accounts?x", False, "with a user"),
    ("http://emulator.invalid/api/v1/999/crm/Accounts?x", False, "another administration"),
    ("http://emulator.invalid/evil?x", False, "another path"),
    (f"/api/v1/{DIVISION}/crm/Accounts?x", False, "no server"),
    (None, False, "no text"),
    (5, False, "a number"),
]  # fmt: skip


@pytest.mark.parametrize(("link", "followed"), rows(LINKS))
def test_a_next_link_is_followed_only_at_home(world, link, followed):
    session = world.connect()._wires.session
    if followed:
        assert session.next_target(link) == link.removeprefix("http://emulator.invalid")
    else:
        with pytest.raises(Transient, match="not followed"):
            session.next_target(link)
