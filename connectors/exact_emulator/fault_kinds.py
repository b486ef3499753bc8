"""The kinds of fault, with the number each has in the list of faults every change must survive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "timeout", "timeout_done", "timeout_late", "refused", "reset", "reset_done", "half_body",
    "rate_minute", "rate_day", "rate_bare", "rate_absurd", "endpoint_blocked",
    "deadlock", "exists", "fault", "fault_done", "html_502", "html_502_done", "empty_500", "maintenance",
    "bad_request", "unauthorized", "forbidden", "request_timeout",
    "created_cut", "ignored", "normalise",
    "short_page", "lost_rows", "no_next", "cut_json", "row_twice", "edit", "loop_next", "foreign_next",
    "empty", "shrunk", "field_empty", "field_missing", "keys_rewritten", "keys_swapped", "stamps_back", "purge_deleted",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a kind.

    Attributes:
        number: Its number in the list of faults; 0 for one beside the list.
        does: What happens, for the docs.
        needs: Arguments it cannot do without.
    """

    number: int
    does: str
    needs: tuple[str, ...] = ()


KINDS: Mapping[str, About] = {
    "timeout_done": About(10, "the request is done, no answer comes"),
    "timeout": About(11, "the request is not done, no answer comes"),
    "timeout_late": About(12, "no answer comes, the request is done after `after_s` of the clock or `after_requests` further "
                              "requests; with a long time also 13, later than settle"),
    "refused": About(14, "connection refused"),
    "reset": About(14, "connection reset, not done"),
    "reset_done": About(15, "connection reset, done"),
    "half_body": About(15, "done; `share` (0.5) of the body arrives, then the connection breaks"),
    "rate_minute": About(16, "429 with the headers of a spent minute"),
    "rate_day": About(17, "429 with the headers of a spent day"),
    "rate_bare": About(18, "429 without headers"),
    "rate_absurd": About(18, "429 with headers that make no sense"),
    "endpoint_blocked": About(19, "the endpoint is blocked as after too many errors"),
    "deadlock": About(20, "500 with a JSON message about a deadlock, not done"),
    "exists": About(21, "500 'data already exists', not done"),
    "fault": About(22, "500 'A problem has occurred', not done"),
    "fault_done": About(22, "500 'A problem has occurred', yet done"),
    "empty_500": About(22, "500 without a body, not done"),
    "html_502": About(23, "502 with an HTML page, not done"),
    "html_502_done": About(23, "502 with an HTML page, yet done"),
    "maintenance": About(23, "503 with an HTML page, not done"),
    "bad_request": About(24, "400; with `every` 1 also 25"),
    "unauthorized": About(26, "401 with an empty body"),
    "forbidden": About(27, "403, with `reason` in the header"),
    "request_timeout": About(0, "408, not done"),
    "created_cut": About(28, "done; the body is cut at `share` (0.5) but arrives as if it were whole"),
    "ignored": About(29, "204 to an update or delete that was not done"),
    "normalise": About(30, "the side changes a sent `field`: `how` is upper, lower, strip, empty or truncate:N", ("field", "how")),
    "short_page": About(31, "a page of `rows` rows; the next link goes on behind them", ("rows",)),
    "lost_rows": About(31, "the last `rows` (1) rows of the page are missing; the next link goes on as if they were there"),
    "no_next": About(31, "the next link is missing"),
    "cut_json": About(32, "the body is cut at `share` (0.5), as if it were whole"),
    "row_twice": About(33, "the first row comes twice"),
    "edit": About(34, "after the answer a person changes a record: `resource`, and `id` with `fields`, or `fields` alone for a "
                      "new one, or `id` alone to delete", ("resource",)),
    "loop_next": About(35, "the next link leads to the same page"),
    "foreign_next": About(35, "the next link leads to another `host` (https://elsewhere.example)"),
    "empty": About(36, "an empty list"),
    "shrunk": About(37, "only `share` (0.5) of the rows, and no next link"),
    "field_empty": About(38, "`field` is null in every row", ("field",)),
    "field_missing": About(39, "`field` is missing in every row", ("field",)),
    "keys_rewritten": About(40, "every row has another ID"),
    "keys_swapped": About(40, "the IDs of neighbouring rows are swapped"),
    "stamps_back": About(41, "Modified and Timestamp of every row are `by` (3600) seconds and versions lower"),
    "purge_deleted": About(42, "the deletion feed forgets all it has"),
}  # fmt: skip
