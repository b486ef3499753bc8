"""Puts the parts of the connector together from options and ports; makes no call."""

from __future__ import annotations

from dataclasses import dataclass

from syncengine.errors import ConfigError
from syncengine.ports import Ports
from syncengine_connectors.exact.administration import Administration
from syncengine_connectors.exact.catalogue import Catalogue
from syncengine_connectors.exact.consent import automatic
from syncengine_connectors.exact.keeper import Keeper
from syncengine_connectors.exact.options import Settings
from syncengine_connectors.exact.profile import FileProfile, MemoryProfile, Profile, Tokens, profile_name
from syncengine_connectors.exact.session import Session
from syncengine_connectors.exact.tokens import App, TokenServer
from syncengine_connectors.http import FileLedger, HttpClient, Ledger, MemoryLedger, Pacer


@dataclass(frozen=True, slots=True, kw_only=True)
class Wires:
    """The parts, for whoever needs only some of them."""

    http: HttpClient
    profile: Profile
    server: TokenServer
    keeper: Keeper
    pacer: Pacer
    session: Session
    catalogue: Catalogue
    administration: Administration


def wire(settings: Settings, ports: Ports) -> Wires:
    """Make all parts.

    Raises:
        ConfigError: The embedded emulator is asked for and was not embedded.
    """
    if settings.embedded and ports.transport is None:
        raise ConfigError("exact: url: emulator needs the embedded emulator, which is not part of this installation")
    clock = ports.clock
    http = HttpClient(settings.origin, clock, transport=ports.transport, environment=settings.environment)
    server = TokenServer(http, App(client_id=settings.client_id, client_secret=settings.client_secret), clock)
    name = profile_name(settings.place, settings.client_id, settings.user)
    profile: Profile = MemoryProfile() if settings.embedded else FileProfile(ports.credentials, name)
    ledger: Ledger = (
        MemoryLedger()
        if settings.embedded
        else FileLedger(ports.credentials / f"{name.rpartition('-')[0]}-{settings.division}.calls")
    )

    def first() -> Tokens:
        return automatic(settings, http, server, ports.ids.token())

    keeper = Keeper(profile, server, clock, first=first if settings.embedded else None)
    pacer = Pacer(ledger, clock, settings.limits, local=settings.local)
    catalogue = Catalogue.shipped()
    session = Session(http, keeper, pacer, clock, division=settings.division, language=settings.language)
    return Wires(
        http=http,
        profile=profile,
        server=server,
        keeper=keeper,
        pacer=pacer,
        session=session,
        catalogue=catalogue,
        administration=Administration(session, catalogue, name=settings.name),
    )
