"""The emulator behind WSGI: a Flask app, for httpx's transport in process or for a real server."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask, Request, Response, request
from werkzeug.http import http_date

from exact_emulator.admin import admin_pages
from exact_emulator.call import Answer, Call
from exact_emulator.emulator import Emulator
from exact_emulator.faults import Reset
from exact_emulator.present import encode
from exact_emulator.settings import Settings

MAX_BODY = 32 * 1024 * 1024


def create_app(settings: Settings | None = None, *, emulator: Emulator | None = None) -> Flask:
    """Make the app; its emulator is at ``emulator_of(app)``.

    A fault that drops the connection surfaces as a ``ConnectionDropped`` out of the WSGI call, or while its body is read.
    """
    emulator = emulator or Emulator(settings)
    app = Flask("exact_emulator", static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.url_map.merge_slashes = False
    app.extensions["exact_emulator"] = emulator
    if emulator.settings.admin:
        app.register_blueprint(admin_pages(emulator))

    def serve(path: str = "") -> Response:
        response = to_response(emulator.handle(to_call(request)))
        response.headers.setdefault("Date", http_date(emulator.clock.now()))
        return response

    methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "MERGE", "HEAD", "OPTIONS"]
    for rule in ("/", "/<path:path>"):
        app.add_url_rule(rule, "serve", serve, methods=methods, provide_automatic_options=False)
    return app


def emulator_of(app: Flask) -> Emulator:
    """Give the emulator behind an app."""
    found: Emulator = app.extensions["exact_emulator"]
    return found


def to_call(asked: Request) -> Call:
    """Take a request out of Flask's hands."""
    return Call(
        method=asked.method,
        host=asked.host_url.rstrip("/"),
        path=asked.path,
        parameters=tuple(asked.args.items(multi=True)),
        headers={name.lower(): value for name, value in asked.headers.items()},
        body=asked.get_data(),
    )


def body_of(answer: Answer) -> bytes:
    """Give the bytes of an answer's body."""
    if answer.raw is not None:
        return answer.raw
    return encode(answer.payload) if answer.payload is not None else (answer.text or "").encode()


def to_response(answer: Answer) -> Response:
    """Write an answer as a response."""
    body = body_of(answer)
    headers = dict(answer.headers)
    if body:
        headers["Content-Type"] = answer.content_type
    if answer.cut is None:
        response = Response(body, status=answer.status, headers=headers)
    else:
        part = body[: int(len(body) * answer.cut)]
        if answer.whole_cut:
            response = Response(part, status=answer.status, headers=headers)
        else:
            # The length says more than comes: the client waits, and the connection breaks.
            headers["Content-Length"] = str(len(body))
            response = Response(_broken(part), status=answer.status, headers=headers)
    if not body:
        response.headers.pop("Content-Type", None)
    return response


def _broken(part: bytes) -> Iterator[bytes]:
    yield part
    raise Reset("connection reset in the middle of the body")
