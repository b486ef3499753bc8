"""What an answer means, row by row as promised."""

from __future__ import annotations

import pytest

from syncengine.errors import Rejected, Transient, Uncertain
from syncengine_connectors.http import Answer, judge
from tests.builders import rows

MESSAGE = b'{"error":{"code":"","message":{"lang":"","value":"Gegeven bestaat reeds."}}}'

CHANGING = [
    (200, None, "done"),
    (201, None, "created"),
    (204, None, "done, without a body"),
    (400, Rejected, "query or body wrong"),
    (401, Transient, "login procedure"),
    (403, Rejected, "no right"),
    (404, Rejected, "not there"),
    (405, Rejected, "method"),
    (408, Uncertain, "the side gave up waiting"),
    (409, Rejected, "conflict"),
    (413, Rejected, "too large"),
    (415, Rejected, "type"),
    (418, Uncertain, "anything else"),
    (422, Rejected, "unprocessable"),
    (429, Transient, "a limit"),
    (500, Uncertain, "fault or validation"),
    (502, Uncertain, "gateway"),
    (599, Uncertain, "unheard of"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind"), rows(CHANGING))
def test_an_answer_to_a_changing_request_means(status, kind):
    answer = Answer(status=status, headers={}, body=b"")
    if kind is None:
        judge(answer, "PUT crm/Accounts", changing=True)
        return
    with pytest.raises(kind) as caught:
        judge(answer, "PUT crm/Accounts", changing=True)
    assert type(caught.value) is kind
    assert caught.value.status == str(status)


READING = [
    (400, Rejected, "refused"),
    (403, Rejected, "no right to read"),
    (408, Transient, "too slow"),
    (429, Transient, "a limit on reading"),
    (500, Transient, "a fault on reading"),
    (503, Transient, "maintenance"),
    (418, Transient, "anything else on reading"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind"), rows(READING))
def test_an_answer_to_a_reading_request_means(status, kind):
    with pytest.raises(kind):
        judge(Answer(status=status, headers={}, body=b""), "GET crm/Accounts", changing=False)


STRUCTURED = [
    (500, "application/json", MESSAGE, True, "the side's validation"),
    (502, "application/json", MESSAGE, True, "any 5xx with the side's words"),
    (500, "text/html", b"<html>Gegeven bestaat reeds.</html>", False, "a page"),
    (500, "application/json", b"", False, "an empty body"),
    (500, "application/json", b'{"error":', False, "cut off"),
    (408, "application/json", MESSAGE, False, "no 5xx"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "content_type", "body", "structured"), rows(STRUCTURED))
def test_only_a_5xx_with_json_words_counts_as_validation(status, content_type, body, structured):
    with pytest.raises(Uncertain) as caught:
        judge(Answer(status=status, headers={"content-type": content_type}, body=body), "POST x", changing=True)
    assert caught.value.structured is structured


def test_words_and_reason_are_kept_for_people():
    answer = Answer(status=403, headers={"content-type": "application/json", "reason": "LicenseExpired"}, body=MESSAGE)
    with pytest.raises(Rejected) as caught:
        judge(answer, "POST crm/Accounts", changing=True)
    assert caught.value.answer == "Gegeven bestaat reeds.; reason: LicenseExpired"
