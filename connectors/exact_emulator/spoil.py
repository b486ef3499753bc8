"""How each kind of fault spoils an answer, or takes its place."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from exact_emulator.call import Answer, Call
from exact_emulator.limits import Limits
from exact_emulator.present import error_answer
from exact_emulator.texts import FAULT, Language, refuse
from exact_emulator.values import date_ms, json_date

HTML = "text/html; charset=utf-8"
_PAGES = {
    "html_502": (502, "502 Bad Gateway"),
    "html_502_done": (502, "502 Bad Gateway"),
    "maintenance": (503, "Maintenance"),
}
_DEADLOCK = "Transaction was deadlocked on lock resources with another process and has been chosen as the victim."
_PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


def instead(
    kind: str, arguments: Mapping[str, Any], limits: Limits, division: int, language: Language
) -> Answer | None:
    """Give the answer that takes the place of the real one; None if the kind is not of that sort."""
    if kind.startswith("rate_"):
        return Answer(status=429, headers=_rate_headers(kind, arguments, limits, division))
    if kind in _PAGES:
        status, title = _PAGES[kind]
        return Answer(status=status, text=_PAGE.format(title), content_type=HTML)
    match kind:
        case "deadlock":
            return error_answer(500, _DEADLOCK, {})
        case "exists":
            error = refuse(language, "exists")
            return error_answer(error.status, error.message, {})
        case "fault" | "fault_done":
            return error_answer(500, FAULT, {})
        case "empty_500" | "request_timeout":
            return Answer(status=500 if kind == "empty_500" else 408)
        case "bad_request":
            return error_answer(400, str(arguments.get("message", "Bad Request - Error in query syntax.")), {})
        case "unauthorized":
            return Answer(status=401, headers={"WWW-Authenticate": "Bearer"})
        case "forbidden":
            reason = arguments.get("reason")
            return error_answer(403, "Forbidden", {"Reason": str(reason)} if reason else {})
    return None


def _rate_headers(kind: str, arguments: Mapping[str, Any], limits: Limits, division: int) -> dict[str, str]:
    if kind == "rate_minute":
        return limits.minute_headers(division) | {"X-RateLimit-Minutely-Remaining": "0"}
    if kind == "rate_day":
        return limits.day_headers(division) | {"X-RateLimit-Remaining": "0"}
    if kind == "rate_absurd":
        names = ("X-RateLimit-Minutely-Limit", "X-RateLimit-Minutely-Remaining", "X-RateLimit-Minutely-Reset")
        values = arguments.get("values", ["-1", "many", "99999999999999999999"])
        return dict(zip(names, map(str, values), strict=False))
    return {}


def rewrite(call: Call, field: str, how: str) -> Call:
    """Change a sent field, as a side does that keeps its own form of a value."""
    try:
        body = json.loads(call.body)
        value = body[field]
    except (ValueError, KeyError, TypeError):
        return call
    if isinstance(value, str):
        ways: dict[str, Callable[[str], str]] = {"upper": str.upper, "lower": str.lower, "strip": str.strip}
        if how.startswith("truncate:"):
            value = value[: int(how.removeprefix("truncate:"))]
        else:
            value = ways[how](value) if how in ways else value
    body[field] = None if how == "empty" else value
    return Call(method=call.method, host=call.host, path=call.path, parameters=call.parameters, headers=call.headers,
                body=json.dumps(body).encode())  # fmt: skip


def spoil(answer: Answer, kind: str, arguments: Mapping[str, Any], url: str) -> Answer:
    """Spoil a good answer. Kinds that are not about its body leave it as it is.

    Args:
        url: The address that was asked for.
    """
    if kind in {"half_body", "created_cut", "cut_json"}:
        answer.cut = float(arguments.get("share", 0.5))
        answer.whole_cut = kind != "half_body"
        return answer
    d = (answer.payload or {}).get("d")
    rows = d.get("results") if isinstance(d, dict) else d
    if not isinstance(rows, list):
        return answer
    rows = _rows(rows, kind, arguments)
    if isinstance(d, dict):
        d["results"] = rows
        _links(d, kind, arguments, url)
    elif answer.payload is not None:
        answer.payload["d"] = rows
    return answer


def _rows(rows: list[dict[str, Any]], kind: str, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    field = str(arguments.get("field", ""))
    match kind:
        case "lost_rows":
            return rows[: max(0, len(rows) - int(arguments.get("rows", 1)))]
        case "row_twice":
            return rows[:1] + rows
        case "empty":
            return []
        case "shrunk":
            return rows[: int(len(rows) * float(arguments.get("share", 0.5)))]
        case "field_empty":
            return [row | {field: None} if field in row else row for row in rows]
        case "field_missing":
            return [{n: v for n, v in row.items() if n != field} for row in rows]
        case "keys_rewritten":
            return [row | {"ID": _another(row["ID"])} if row.get("ID") else row for row in rows]
        case "keys_swapped":
            ids = [row.get("ID") for row in rows]
            for at in range(0, len(ids) - 1, 2):
                ids[at], ids[at + 1] = ids[at + 1], ids[at]
            return [row | {"ID": key} if "ID" in row else row for row, key in zip(rows, ids, strict=True)]
        case "stamps_back":
            return [_earlier(row, int(arguments.get("by", 3600))) for row in rows]
    return rows


def _another(guid: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, guid))


def _earlier(row: dict[str, Any], by: int) -> dict[str, Any]:
    moved = dict(row)
    if moved.get("Modified"):
        moved["Modified"] = json_date(date_ms(moved["Modified"]) - 1000 * by)
    if moved.get("Timestamp"):
        moved["Timestamp"] = str(max(1, int(moved["Timestamp"]) - by))
    return moved


def _links(d: dict[str, Any], kind: str, arguments: Mapping[str, Any], url: str) -> None:
    if kind in {"empty", "shrunk", "no_next"}:
        d.pop("__next", None)
    if kind == "loop_next":
        d["__next"] = url
    if kind == "foreign_next":
        host = str(arguments.get("host", "https://elsewhere.example"))
        d["__next"] = host + "/" + d.get("__next", url).split("/", 3)[-1]
