"""One run of a project as a process of its own: ``python -m tests.processes.driver PROJECT EMULATOR``.

As `sync run` by a person, but with the emulator's clock: what is waited for passes on both at once, so that no test takes its time.
"""

from __future__ import annotations

import json
import signal
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from syncengine.cli.decisions import Decided, take
from syncengine.cli.main import _terminate
from syncengine.decide.guard import DEFAULTS
from syncengine.errors import End, SyncError, UserError
from syncengine.model.review import Waiting
from syncengine.ports import SystemClock
from syncengine.workspace import Workspace, open_workspace


def admin(address: str, path: str, body: Any = None, method: str | None = None) -> Any:
    """Ask the emulator behind its API's back."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{address}/_admin/{path}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read() or b"null")


class EmulatedClock(SystemClock):
    """The machine's clock, as far ahead as the emulator's is."""

    def __init__(self, address: str) -> None:
        self._address = address
        then = datetime.fromisoformat(admin(address, "clock")["now"]).astimezone(UTC)
        self._ahead = (then - datetime.now(UTC)).total_seconds()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self._ahead)

    def monotonic(self) -> float:
        return super().monotonic() + self._ahead

    def sleep(self, seconds: float) -> None:
        admin(self._address, "clock", {"advance_s": seconds})
        self._ahead += seconds


def try_again(workspace: Workspace) -> None:
    """A person decides on every refused write: `sync review decide N retry`."""
    refused = workspace.store.reviews.open(kind=Waiting.REFUSED)
    take(workspace, [Decided(number=item.number, decision="retry") for item in refused], "somebody")


def main(project: Path, address: str, *, retry: bool = False) -> int:
    """Run once, say what came of it, and end as `sync run` does.

    Args:
        retry: A person looked first, and lets refused writes be tried again.
    """
    began = time.monotonic()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        with open_workspace(project, lock=True, clock=EmulatedClock(address)) as workspace:
            if retry:
                try_again(workspace)
            result = workspace.run(approved="somebody", allow=tuple(DEFAULTS))
    except UserError as error:
        print(error, file=sys.stderr)
        return int(End.CONFIG)
    except SyncError as error:
        print(error, file=sys.stderr)
        return int(error.end)
    told = {
        "end": int(result.end),
        "applied": len(result.applied),
        "recovered": [f"{item.operation.action} {item.state} {item.answer}" for item in result.recovered],
        "reviews": [f"{item.kind} {item.reason}" for item in result.reviews],
        "messages": list(result.messages),
        "seconds": round(time.monotonic() - began, 2),
    }
    print(json.dumps(told))
    return int(result.end)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], retry="retry" in sys.argv[3:]))
