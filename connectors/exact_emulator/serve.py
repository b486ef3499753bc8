"""Run the emulator as a process: ``python -m exact_emulator``, or ``sync emulator`` with the same options."""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Thread
from time import sleep
from types import FrameType
from typing import Any, get_args, get_type_hints

from waitress.channel import ClientDisconnected
from waitress.server import create_server

from exact_emulator.app import create_app
from exact_emulator.emulator import Emulator
from exact_emulator.faults import ConnectionDropped, read_rule
from exact_emulator.seeds import SeedError
from exact_emulator.settings import Settings
from exact_emulator.webhooks import LoopbackSender

HOST = "127.0.0.1"
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def parser() -> argparse.ArgumentParser:
    """Make the parser of the start options."""
    made = argparse.ArgumentParser(
        prog="exact_emulator", description="A server on this machine that behaves as Exact Online does."
    )
    defaults = Settings()
    made.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    made.add_argument("--division", type=int, action="append", help="number of an administration; may be repeated")
    made.add_argument("--client-id", default=defaults.client_id)
    made.add_argument("--client-secret", default=defaults.client_secret)
    made.add_argument("--webhook-secret", default=defaults.webhook_secret)
    made.add_argument(
        "--seed", action="append", default=[], metavar="RESOURCE=FILE", help="an Exact answer to begin with"
    )
    made.add_argument("--data", type=Path, metavar="DIR", help="keep the state here between starts")
    made.add_argument("--auto-login", action="store_true", help="the authorisation page agrees at once")
    made.add_argument("--limits", choices=("on", "off"), default="on", help="call limits and the block after errors")
    made.add_argument("--per-minute", type=int, default=defaults.per_minute)
    made.add_argument("--per-day", type=int, default=defaults.per_day)
    made.add_argument("--admin", action="store_true", help="open /_admin to callers on this machine")
    made.add_argument("--faults", type=Path, metavar="FILE", help="JSON list of fault rules")
    made.add_argument("--language", choices=("NL", "EN"), default=defaults.language, help="of validation texts")
    made.add_argument("--starter", choices=("on", "off"), default="on", help="units, VAT codes and so on of a new one")
    made.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="switches",
                      help="another switch of docs/emulator.md")  # fmt: skip
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Start, print one JSON line when ready, serve until SIGTERM or SIGINT.

    Returns:
        0 after a signal; 2 when the options cannot be used.
    """
    options = parser().parse_args(argv)
    try:
        seeds = [_seed_option(text) for text in options.seed]
        settings = read_settings(options)
        emulator = Emulator(settings, seeds=seeds, sender=LoopbackSender())
    except (SeedError, ValueError, LookupError, OSError) as error:
        sys.stderr.write(f"exact_emulator: {error.args[0] if isinstance(error, LookupError) else error}\n")
        return 2
    return _serve(emulator, options.port)


def _seed_option(text: str) -> tuple[str, Path]:
    resource, separator, path = text.partition("=")
    if not separator or not path:
        raise ValueError(f"--seed {text}: expected RESOURCE=FILE")
    return resource, Path(path)


def read_settings(options: argparse.Namespace) -> Settings:
    """Turn start options into settings; ValueError for a switch or a fault that does not exist."""
    faults: list[dict[str, Any]] = []
    if options.faults:
        data = json.loads(options.faults.read_text(encoding="utf-8"))
        faults = data.get("faults", data) if isinstance(data, dict) else data
        if not isinstance(faults, list):
            raise ValueError(f"{options.faults}: a list of fault rules was expected")
        for rule in faults:
            read_rule(rule)
    chosen: dict[str, Any] = {
        "divisions": tuple(options.division or Settings().divisions),
        "client_id": options.client_id,
        "client_secret": options.client_secret,
        "webhook_secret": options.webhook_secret,
        "data": options.data,
        "auto_login": options.auto_login,
        "limits": options.limits == "on",
        "per_minute": options.per_minute,
        "per_day": options.per_day,
        "admin": options.admin,
        "faults": tuple(faults),
        "language": options.language,
        "starter": options.starter == "on",
        "webhook_delivery": "manual",
    }
    return Settings(**chosen | dict(_switch(text) for text in options.switches))


def _switch(text: str) -> tuple[str, Any]:
    """Read ``name=value`` by the type of the switch's default."""
    name, _, value = text.partition("=")
    name = name.strip().replace("-", "_")
    defaults = Settings()
    if name not in Settings.__dataclass_fields__ or name in {"data", "faults", "user", "person", "start"}:
        raise ValueError(f"--set {text}: there is no switch {name}")
    default = getattr(defaults, name)
    choices = get_args(get_type_hints(Settings)[name])
    if choices and all(isinstance(choice, str | int) for choice in choices):
        found = [choice for choice in choices if str(choice) == value]
        if not found:
            raise ValueError(f"--set {text}: one of {', '.join(map(str, choices))} was expected")
        return name, found[0]
    if isinstance(default, bool):
        if value not in {"on", "off", "true", "false"}:
            raise ValueError(f"--set {text}: on or off was expected")
        return name, value in {"on", "true"}
    if isinstance(default, int):
        return name, int(value)
    if isinstance(default, tuple):
        return name, tuple(part for part in value.split(",") if part)
    return name, value


def closing(app: WsgiApp) -> WsgiApp:
    """Let a dropped connection be one: waitress closes the socket on this exception, without an answer."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            body = app(environ, start_response)
        except ConnectionDropped as drop:
            raise ClientDisconnected from drop
        return _closing_body(body)

    return wrapped


def _closing_body(body: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from body
    except ConnectionDropped as drop:
        raise ClientDisconnected from drop
    finally:
        close = getattr(body, "close", None)
        if close:
            close()


def _serve(emulator: Emulator, port: int) -> int:
    try:
        listener = _listen(port)
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"exact_emulator: cannot listen on port {port}: {error}\n")
        emulator.close()
        return 2
    app = create_app(emulator=emulator)
    # A client that insists on https comes through a proxy on this machine; next links then lead back to it.
    server = create_server(
        closing(app), sockets=[listener], threads=8, ident=None, trusted_proxy=HOST,
        trusted_proxy_headers={"x-forwarded-proto", "x-forwarded-host", "x-forwarded-port"},
        clear_untrusted_proxy_headers=True,
    )  # fmt: skip

    def stop(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    ready = {
        "address": f"http://{HOST}:{server.effective_port}",
        "client_id": emulator.settings.client_id,
        "client_secret": emulator.settings.client_secret,
        "division": emulator.settings.divisions[0],
        "webhook_secret": emulator.settings.webhook_secret,
    }
    try:
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        Thread(target=_deliver, args=(emulator,), daemon=True).start()
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        server.run()
    except KeyboardInterrupt:
        # The signal came before waitress was in its loop, where it ends on this exception by itself.
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        server.close()
        emulator.close()
    return 0


def _listen(port: int) -> socket.socket:
    """Take the port before anything else is set up; OSError if it is not to be had."""
    listener = socket.socket()
    try:
        # A port that has just been left can be taken again.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except BaseException:
        listener.close()
        raise
    return listener


def _deliver(emulator: Emulator) -> None:
    """Carry events to their subscribers beside the requests."""
    while True:
        emulator.webhooks.flush()
        sleep(0.1)
