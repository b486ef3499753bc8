"""Pages for tests and mapping authors, for callers on this machine only."""

from __future__ import annotations

from dataclasses import asdict
from ipaddress import ip_address
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from exact_emulator.emulator import Emulator
from exact_emulator.errors import ApiError
from exact_emulator.faults import Rule
from exact_emulator.store import Touch


def admin_pages(emulator: Emulator) -> Blueprint:
    """Make the pages below ``/_admin``."""
    pages = Blueprint("admin", __name__, url_prefix="/_admin")

    @pages.before_request
    def only_from_here() -> None:
        if not _loopback(request.remote_addr):
            abort(403)

    @pages.errorhandler(ApiError)
    def refused(error: ApiError) -> tuple[Response, int]:
        return jsonify(error=error.message), 404 if error.status in {403, 404} else 422

    @pages.errorhandler(LookupError)
    @pages.errorhandler(ValueError)
    def unusable(error: Exception) -> tuple[Response, int]:
        return jsonify(error=str(error.args[0]) if error.args else str(error)), 422

    _clock(pages, emulator)
    _records(pages, emulator)
    _faults(pages, emulator)
    return pages


def _clock(pages: Blueprint, emulator: Emulator) -> None:
    @pages.route("/clock", methods=["GET", "POST"])
    def clock() -> Response:
        with emulator.lock:
            if request.method == "POST":
                emulator.clock.advance(_number(_body(), "advance_s"))
                emulator.faulty.run_due()
                emulator.commit()
            return jsonify(now=emulator.clock.now().isoformat(), wall_ms=emulator.clock.wall_ms())

    @pages.route("/requests", methods=["GET", "DELETE"])
    def requests() -> Response:
        with emulator.lock:
            if request.method == "DELETE":
                emulator.requests.clear()
            shown = emulator.requests.show()
        return jsonify(requests=shown, total=emulator.requests.total)

    @pages.post("/division")
    def division() -> Response:
        emulator.current_division = int(_number(_body(), "current"))
        return jsonify(current=emulator.current_division)

    @pages.post("/webhooks/flush")
    def flush() -> Response:
        return jsonify(posted=emulator.webhooks.flush())


def _records(pages: Blueprint, emulator: Emulator) -> None:
    @pages.get("/records/<path:resource>")
    def records(resource: str) -> Response:
        division = request.args.get("division", type=int)
        with emulator.lock:
            table = emulator.administration(division).table(resource)
            rows = [
                {
                    "id": key,
                    "timestamp": table.stamp(key),
                    **asdict(table.touches.get(key) or Touch(created_by="seed")),
                    "fields": table.get(key),
                }
                for key in table.keys()  # noqa: SIM118 - a method
            ]
            deleted = [
                row for row in emulator.records("sync/Deleted", division)
                if row.get("EntityType") == table.endpoint.entity_type is not None
            ]  # fmt: skip
        return jsonify(resource=table.endpoint.name, count=len(rows), records=rows, deleted=deleted)

    @pages.post("/edit/<path:resource>/<key>")
    def edit(resource: str, key: str) -> Response:
        return _person(emulator, {"resource": resource, "id": key, "fields": _body()} | _timing())

    @pages.post("/create/<path:resource>")
    def create(resource: str) -> Response:
        return _person(emulator, {"resource": resource, "fields": _body()})

    @pages.route("/delete/<path:resource>/<key>", methods=["POST", "DELETE"])
    def delete(resource: str, key: str) -> Response:
        return _person(emulator, {"resource": resource, "id": key})


def _faults(pages: Blueprint, emulator: Emulator) -> None:
    @pages.route("/faults", methods=["GET", "POST", "DELETE"])
    def faults() -> Response:
        with emulator.lock:
            if request.method == "DELETE":
                emulator.faults.clear()
            if request.method == "POST":
                given: Any = request.get_json(force=True)
                given = given.get("faults", given) if isinstance(given, dict) else given
                for rule in given if isinstance(given, list) else [given]:
                    emulator.faults.add(rule)
            rules: list[Rule] = emulator.faults.rules
            return jsonify(faults=[rule.show() for rule in rules])


def _person(emulator: Emulator, change: dict[str, Any]) -> Response:
    division = request.args.get("division", type=int)
    with emulator.lock:
        key = emulator.faulty.person(change | ({"division": division} if division else {}))
        emulator.commit()
    if emulator.settings.webhook_delivery == "inline":
        emulator.webhooks.flush()
    return jsonify(id=key)


def _timing() -> dict[str, Any]:
    names = ("commit_after_s", "commit_after_requests")
    return {name: float(request.args[name]) for name in names if name in request.args}


def _body() -> dict[str, Any]:
    data = request.get_json(force=True, silent=True)
    if not isinstance(data, dict):
        raise ApiError(422, "the body must be a JSON object")
    return data


def _number(body: dict[str, Any], name: str) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ApiError(422, f"{name} must be a number")
    return value


def _loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "127.0.0.1").is_loopback
    except ValueError:
        return False
