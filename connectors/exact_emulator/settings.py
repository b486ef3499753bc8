"""What a test or a start option may choose about the emulated server."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person known to the server: the one who authorised the app, or the one who edits in the browser."""

    id: str
    name: str
    email: str


API_USER = User(id="5a1c0d5e-0000-4000-8000-000000000001", name="Ans Koppeling", email="api@emulator.example")
PERSON = User(id="5a1c0d5e-0000-4000-8000-000000000002", name="Piet Boekhouder", email="piet@emulator.example")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All switches, with the behaviour of the real server as the default; docs/emulator.md explains each.

    Attributes:
        divisions: Numbers of the administrations; the first is the current one.
        redirect_uris: Registered redirect URIs; empty accepts any.
        start: Aware instant at which the clock stands still until advanced; None follows the real time.
        data: Folder that keeps the state between starts; None keeps it in memory.
        starter: Fill an empty administration with a few units, VAT codes and the like, as a new one has.
        random_seed: Makes ids and tokens repeatable; None for unpredictable ones.
        mandatory_filter: Refuse a list of Accounts or Items without a filter on one of the named fields.
        own_code_refused: Endpoints on which an update with the record's own Code fails as a duplicate.
        foreign_reference: What happens to a reference to a record of another administration.
        long_text: What happens to text beyond a documented length; ``long_text_hint`` beyond a reported one.
        z_shifts: A sent instant with ``Z`` or an offset is converted to local time; False takes its digits as they are.
    """

    divisions: tuple[int, ...] = (123456,)
    client_id: str = "8f0d2c1e-emulator-client"
    client_secret: str = "emulator-secret"  # noqa: S105 - a made-up default of a server that runs on loopback
    webhook_secret: str = "emulator-webhook-secret"  # noqa: S105 - made up as well
    redirect_uris: tuple[str, ...] = ()
    auto_login: bool = False
    admin: bool = False
    data: Path | None = None
    starter: bool = True
    random_seed: int | None = None
    user: User = API_USER
    person: User = PERSON

    start: datetime | None = None
    time_zone: str = "Europe/Amsterdam"
    country: str = "NL"
    currency: str = "EUR"
    active_currencies: tuple[str, ...] = ("EUR",)
    language: Literal["NL", "EN"] = "NL"
    public_url: str | None = None

    limits: bool = True
    per_minute: int = 60
    per_day: int = 5000
    errors_per_hour: int = 10
    error_block_status: Literal[403, 429] = 429
    error_block_s: int = 3600
    token_calls_per_day: int = 200
    basic_client_auth: bool = True

    code_s: int = 180
    access_token_s: int = 600
    refresh_after_s: int = 570
    refresh_token_s: int = 30 * 86400
    early_refresh_status: Literal[400, 401] = 400
    unauthorized_body: Literal["empty", "html"] = "empty"

    exact_case: bool = True
    case_sensitive_filters: bool = False
    trailing_spaces_matter: bool = False
    date_only_literals: bool = True
    mandatory_filter: bool = False
    needs_select: bool = True

    own_code_refused: tuple[str, ...] = ("crm/Accounts",)
    check_references: Literal["strict", "seeded", "off"] = "strict"
    foreign_reference: Literal["drop", "refuse"] = "drop"
    long_text: Literal["refuse", "truncate", "keep"] = "refuse"
    long_text_hint: Literal["refuse", "truncate", "keep"] = "keep"
    z_shifts: bool = True
    unknown_delete_status: Literal[403, 404] = 403
    delete_with_children: Literal["refuse", "cascade"] = "refuse"
    deleted_kept_days: int = 61

    webhook_https: bool = True
    webhook_delivery: Literal["inline", "manual"] = "inline"
    request_log: int = 100_000
    faults: tuple[dict[str, object], ...] = field(default=())
