"""Events to subscribers, signed, and the handshake with a new one."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit


class Sender(Protocol):
    """Carries a POST to a subscriber."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Post and give the status; any other trouble is a status of 0."""


@dataclass
class RecordingSender:
    """Keeps what would have been posted; a test sets the status that comes back."""

    status: int = 200
    posts: list[tuple[str, bytes]] = field(default_factory=list)

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Note the post."""
        self.posts.append((url, body))
        return self.status


class LoopbackSender:
    """Posts for real, but never beyond this machine."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Post to a loopback address; 0 for any other address, or if nobody answers."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not _loopback(parts.hostname or ""):
            return 0
        request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")  # noqa: S310 - see above
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - see above
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except (OSError, ValueError):
            return 0


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def sign(content: str, secret: str) -> bytes:
    """Wrap an event's content with its hash: HMAC-SHA256 over exactly the bytes between the two names."""
    digest = hmac.new(secret.encode(), content.encode(), hashlib.sha256).hexdigest().upper()
    return f'{{"Content":{content},"HashCode":"{digest}"}}'.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change, for one subscriber."""

    url: str
    body: bytes


class Webhooks:
    """Queues events while a request is served, and delivers them after it."""

    def __init__(self, secret: str, client_id: str, sender: Sender) -> None:
        self.sender = sender
        self._secret = secret
        self._client_id = client_id
        self._queue: deque[Event] = deque()

    def handshake(self, url: str) -> int:
        """Try a new subscriber's address with an empty body."""
        return self.sender(url, b"", {"Content-Type": "application/json"})

    def announce(self, url: str, topic: str, division: int, action: str, key: str, address: str, now: datetime) -> None:
        """Queue an event: a key and no data."""
        content = {
            "Topic": topic,
            "ClientId": self._client_id,
            "Division": division,
            "Action": action,
            "Key": key,
            "ExactOnlineEndpoint": address,
            "EventCreatedOn": now.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds"),
        }
        text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
        self._queue.append(Event(url=url, body=sign(text, self._secret)))

    def pending(self) -> int:
        """Count the events that wait."""
        return len(self._queue)

    def flush(self) -> int:
        """Deliver what waits, in order; an event nobody takes is lost. Gives how many were posted."""
        posted = 0
        while True:
            try:
                event = self._queue.popleft()
            except IndexError:
                # Another thread may have taken the last one.
                return posted
            self.sender(event.url, event.body, {"Content-Type": "application/json; charset=utf-8"})
            posted += 1
