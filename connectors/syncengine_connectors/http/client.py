"""One origin, one request at a time, nothing repeated: the only module that imports httpx."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from syncengine.errors import ConnectorError, Transient, Uncertain, UserError
from syncengine.ports import Clock
from syncengine_connectors.http.answer import Answer

READ_SECONDS: Final = 60.0
WRITE_SECONDS: Final = 120.0
TOKEN_SECONDS: Final = 180.0
LARGEST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes after decompression."""

_KEY: Final = re.compile(r"\(.*\)|\(.*", re.DOTALL)
_log = logging.getLogger(__name__)

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""Name lookup, connection and TLS: the request never left."""


class HttpClient:
    """Speaks to one origin and to no other; follows no redirect, repeats nothing, trusts no environment.

    Attributes:
        ahead: Seconds by which the server's clock was ahead of ours in its last answer; None if it told no time.
    """

    def __init__(
        self,
        origin: str,
        clock: Clock,
        *,
        transport: httpx.BaseTransport | Callable[..., Any] | None = None,
        environment: bool = False,
        largest: int = LARGEST_ANSWER,
    ) -> None:
        """Open nothing yet.

        Args:
            origin: Scheme, host and port, such as ``https://start.exactonline.nl``.
            transport: An httpx transport or a WSGI application, for tests and embedded servers; None for the network.
            environment: Trust proxies and certificates named by environment variables.
        """
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise UserError(f"{origin!r} is no origin: expected scheme, host and port only")
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.host = parts.hostname
        self.ahead: float | None = None
        self._clock = clock
        self._largest = largest
        for name in ("httpx", "httpcore"):
            # Both tell addresses, the latter headers too: names in filters and tokens do not belong in a log.
            logging.getLogger(name).setLevel(logging.WARNING)
        self._client = httpx.Client(
            transport=_transport(transport, environment=environment),
            trust_env=environment,
            follow_redirects=False,
            headers={"user-agent": "syncengine"},
        )

    def send(
        self,
        method: str,
        target: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        seconds: float = READ_SECONDS,
        changing: bool = False,
        redirects: bool = False,
    ) -> Answer:
        """Send one request, once.

        Args:
            target: Path and query, percent-encoded already, beginning with a slash.
            seconds: For connecting, for each wait, and for the whole answer.
            changing: The request may change something: no answer means ``Uncertain``, not ``Transient``.
            redirects: Hand a redirect back instead of refusing it (the login page); it is not followed either way.

        Raises:
            Transient: It surely did not leave; or it only reads and no answer came.
            Uncertain: A changing request left and no whole answer came.
            UserError: The side redirects elsewhere.
        """
        if not target.startswith("/") or target.startswith("//"):
            raise ValueError("a target begins with one slash")
        what = f"{method} {target.partition('?')[0]}"
        began = self._clock.monotonic()
        end = began + seconds
        try:
            with self._client.stream(
                method, self.origin + target, headers=headers, content=body, timeout=seconds
            ) as response:
                self._tell_time(response.headers.get("date", ""))
                kept = bytearray()
                for chunk in response.iter_bytes():
                    kept += chunk
                    if len(kept) > self._largest:
                        raise _lost(changing, f"{what}: an answer of more than {self._largest:,} bytes was cut off")
                    if self._clock.monotonic() > end:
                        raise _lost(changing, f"{what}: no whole answer within {seconds:.0f} seconds")
                answer = Answer(status=response.status_code, headers=_lower(response.headers), body=bytes(kept))
        except (*_NOT_SENT, ConnectionRefusedError) as error:
            _log.debug("%s %s", _bare(what), type(error).__name__)
            raise Transient(f"{what}: {self.host} could not be reached ({type(error).__name__})") from error
        except (httpx.TimeoutException, TimeoutError) as error:
            _log.debug("%s %s", _bare(what), type(error).__name__)
            raise _lost(changing, f"{what}: no answer within {seconds:.0f} seconds") from error
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError) as error:
            _log.debug("%s %s", _bare(what), type(error).__name__)
            raise _lost(changing, f"{what}: the connection broke ({type(error).__name__})") from error
        _log.debug("%s %d, %.0f ms", _bare(what), answer.status, 1000 * (self._clock.monotonic() - began))
        if 300 <= answer.status < 400 and not redirects:
            raise UserError(
                f"{what}: {self.host} answers {answer.status} and points elsewhere; no redirect is followed. "
                "Check the country and the address of this system."
            )
        return answer

    def _tell_time(self, said: str) -> None:
        """Note how the server's clock goes; a date that is none says nothing."""
        try:
            there = parsedate_to_datetime(said)
        except (ValueError, TypeError, OverflowError):
            return
        there = there if there.tzinfo is not None else there.replace(tzinfo=UTC)
        self.ahead = (there - self._clock.now()).total_seconds()

    def close(self) -> None:
        """Let go of connections; may be called twice."""
        self._client.close()

    def __repr__(self) -> str:
        return f"HttpClient({self.origin!r})"


def _transport(
    given: httpx.BaseTransport | Callable[..., Any] | None, *, environment: bool
) -> httpx.BaseTransport | None:
    if given is None:
        # None: httpx makes one itself (without retries), by the proxies that the environment names.
        return None if environment else httpx.HTTPTransport(retries=0, trust_env=False)
    return given if isinstance(given, httpx.BaseTransport) else httpx.WSGITransport(app=given)


def _bare(what: str) -> str:
    """A call as the log may name it: a key in brackets may be a customer's."""
    return _KEY.sub("(…)", what)


def _lost(changing: bool, message: str) -> ConnectorError:
    return Uncertain(message) if changing else Transient(message)


def _lower(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
