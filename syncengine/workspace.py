"""Opens a project: configuration, secrets, connectors and store, wired together. The only room that chooses a store or a connector."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from syncengine import __version__, registry
from syncengine.care.daily import Upkeep, room_in
from syncengine.config.load import load
from syncengine.config.project import Document, Project, check_options, resolve
from syncengine.connector import Connector, Note, Plugin
from syncengine.errors import End, SyncError, UserError
from syncengine.model.entity import Entity
from syncengine.model.resource import Resource
from syncengine.model.result import RunResult
from syncengine.model.review import Answer
from syncengine.ports import Clock, Ports, SystemClock, SystemIds
from syncengine.setting import Setting
from syncengine.state.store import StateStore
from syncengine.write.decided import decided

MAPPING = "sync.yaml"

Tell = Callable[[object], None]


def quiet(_: object) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """An open project.

    Attributes:
        root: Its folder.
        document: The mapping as written, with places.
        project: The mapping as resolved.
        setting: What a run works with.
        upkeep: Looks after the state before and after a run.
    """

    root: Path
    document: Document
    project: Project
    setting: Setting
    upkeep: Upkeep

    @property
    def entities(self) -> tuple[Entity, ...]:
        """All entities, parents first."""
        return self.project.entities

    @property
    def store(self) -> StateStore:
        """The project's memory."""
        return self.setting.store

    def resources(self, system: str) -> Mapping[str, Resource]:
        """What a system holds, by name."""
        return self.setting.resources[system]

    def plan(self, *, only: Sequence[str] = (), full: bool = False, tell: Tell = quiet) -> RunResult:
        """Show what a run would do; no changing request leaves."""
        from syncengine.run import Wish, run

        told = self.upkeep.begin(writes=False)
        full = full or bool(self.upkeep.relinking)
        return _telling(told, run(self.setting, Wish(only=tuple(only), full=full, dry=True), tell))

    def run(
        self,
        *,
        only: Sequence[str] = (),
        full: bool = False,
        approved: str = "",
        allow: Sequence[str] = (),
        tell: Tell = quiet,
    ) -> RunResult:
        """Plan and apply; with ``approved`` also what an unattended first run withholds."""
        from syncengine.run import Wish, run

        told = self.upkeep.begin(writes=True)
        wish = Wish(only=tuple(only), full=full or bool(self.upkeep.relinking), approved=approved, allow=tuple(allow))
        result = run(self.setting, wish, tell)
        self.upkeep.end(result)
        return _telling(told, result)

    def apply(self, saved: str, *, approved: str, allow: Sequence[str] = (), tell: Tell = quiet) -> RunResult:
        """Carry out a saved plan as it was reviewed, once.

        Raises:
            UserError: The file is no plan, was altered, or is not of this project as it stands.
        """
        from syncengine.decide.saved import load as load_plan
        from syncengine.run import apply

        plan = load_plan(saved)
        told = self.upkeep.begin(writes=True)
        result = apply(self.setting, plan, approved=approved, allow=tuple(allow), tell=tell)
        self.upkeep.end(result)
        return _telling(told, result)

    def decide(self, answer: Answer) -> None:
        """Note what a person decided; inside the caller's transaction."""
        decided(self.store, answer, self.setting.clock.now())

    def undo(self, *, run: int | None = None, entries: Sequence[int] = ()) -> RunResult:
        """Plan to put back what a run, or single writes, changed; no changing request leaves.

        Raises:
            UserError: There is no such run or entry.
        """
        from syncengine.undo import undo

        undoing = undo(self.setting, run=run, entries=entries)
        kept = [f"Not put back: {text}." for text in undoing.kept]
        return RunResult(end=End.DONE, plan=undoing.plan, messages=tuple(kept), dry=True)

    def save_plan(self, result: RunResult) -> str:
        """The plan as a file to review and apply."""
        from syncengine.decide.saved import dump

        made = self.setting.clock.now().isoformat(timespec="seconds")
        return dump(result.plan, meta={"program": __version__, "made": made})


@contextmanager
def open_workspace(
    root: Path,
    *,
    lock: bool = False,
    interactive: bool = False,
    clock: Clock | None = None,
    transport: Any = None,
) -> Iterator[Workspace]:
    """Open the project in this folder.

    Args:
        lock: Hold the run lock while it is open.
        transport: What web connectors send through instead of the network; for tests.

    Raises:
        ConfigError: The mapping is missing or wrong; every fault with its place.
        LockedError: Another run holds the lock.
        StateError: The state cannot be trusted.
    """
    from syncengine.state.sqlite import open_store

    document = load(root / MAPPING)
    ports = _ports(root, document, clock or SystemClock(), interactive=interactive, transport=transport)
    with ExitStack() as stack:
        connectors = {name: stack.enter_context(_connected(document, name, ports)) for name in document.systems}
        resources = {name: connector.resources() for name, connector in connectors.items()}
        project = resolve(document, resources)
        store = open_store(ports.state, clock=ports.clock, ids=ports.ids)
        stack.callback(store.close)
        last_host = store.meta.about("host")
        if lock:
            stack.enter_context(store.lock())
        setting = Setting(
            entities=project.entities,
            connectors=connectors,
            resources=resources,
            store=store,
            mapping=document.mapping_digest,
            lookups=project.lookups,
            limits=project.guards,
            environment=document.environment or "",
            clock=ports.clock,
            boot=_boot(),
            room=room_in(store),
        )
        upkeep = Upkeep(store=store, entities=project.entities, last_host=last_host)
        yield Workspace(root=root, document=document, project=project, setting=setting, upkeep=upkeep)


def _telling(told: Sequence[str], result: RunResult) -> RunResult:
    """The result with what was noticed before the run."""
    return replace(result, messages=(*told, *result.messages)) if told else result


def check(root: Path, *, online: bool = False) -> Sequence[Note]:
    """Judge a project: offline its files; ``online`` its systems too.

    Raises:
        ConfigError: The mapping is wrong; every fault with its place.
    """
    document = load(root / MAPPING)
    ports = _ports(root, document, SystemClock())
    notes: list[Note] = []
    with ExitStack() as stack:
        connectors = {name: stack.enter_context(_connected(document, name, ports)) for name in document.systems}
        project = resolve(document, {name: connector.resources() for name, connector in connectors.items()})
        _try_lenses(project, connectors)
        notes.append(Note(ok=True, text=f"{MAPPING}: {_count(project)}"))
        notes.extend(Note(ok=True, text=text) for text in project.notes)
        notes += [
            Note(ok=True, text=f"{entity.name}.{rule.name} is kept on this ground: {rule.ground}")
            for entity in project.entities
            for rule in entity.fields
            if rule.ground
        ]
        if online:
            for name, connector in connectors.items():
                notes.extend(_check_system(name, connector))
    return notes


def login(root: Path, system: str | None, ask: Mapping[str, Any]) -> None:
    """Run a system's login with a person at the terminal.

    Args:
        system: Its name in the mapping; None if only one system needs a login.
        ask: How to reach the person, and what was asked for; handed to ``Plugin.login``.

    Raises:
        UserError: No system needs a login, or several do and none was named.
        LoginError: It did not succeed.
    """
    document = load(root / MAPPING)
    ports = _ports(root, document, SystemClock(), interactive=True)
    name = _system_to_log_in(document, system)
    config = document.systems[name]
    plugin = registry.plugin(config.connector, where=f"{config.at}: ")
    assert plugin.login is not None
    options = check_options(document, name, plugin.options, root=root, kept=_kept)
    plugin.login(options, _with_emulator(config.connector, options, ports), ask)


def keep_secret(name: str, text: str) -> Path:
    """Keep a secret on this machine, encrypted, for mappings to name as ``cred:NAME``; return where it lies.

    Raises:
        UserError: The name or the text cannot be one.
        StateError: It cannot be kept.
    """
    from syncengine.sealed import keep_secret as keep

    return keep(credentials(), name, text)


def _kept(name: str) -> str:
    """The secret that is kept under a name; raises ``ValueError`` if none is."""
    # The cipher takes long to load, and most mappings name no kept secret.
    from syncengine.sealed import kept_secret

    return kept_secret(credentials(), name)


def webhooks(root: Path, system: str | None, ask: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    """List, make or remove a system's subscriptions; see ``Plugin.webhooks``.

    Raises:
        UserError: No system has any, or several do and none was named.
    """
    document = load(root / MAPPING)
    ports = _ports(root, document, SystemClock())
    plugins = {n: registry.plugin(c.connector, where=f"{c.at}: ") for n, c in document.systems.items()}
    able = [name for name, plugin in plugins.items() if plugin.webhooks is not None]
    if (len(able) != 1 and system is None) or (system is not None and system not in able):
        raise UserError(
            f"{MAPPING} has {len(able)} systems with webhooks: {', '.join(able) or 'none'}."
            + (" Name one: --system NAME" if able else "")
        )
    name = system or able[0]
    run = plugins[name].webhooks
    assert run is not None
    options = check_options(document, name, plugins[name].options, root=root, kept=_kept)
    return run(options, _with_emulator(document.systems[name].connector, options, ports), ask)


def project_schema(root: Path) -> dict[str, Any]:
    """The editor schema of this very project: it knows its systems, resources and fields."""
    from syncengine.config.schema import project_schema as make

    document = load(root / MAPPING)
    ports = _ports(root, document, SystemClock())
    with ExitStack() as stack:
        connectors = {name: stack.enter_context(_connected(document, name, ports)) for name in document.systems}
        return make(document, {name: connector.resources() for name, connector in connectors.items()})


def plugins() -> Mapping[str, Plugin]:
    """Every installed connector."""
    return {name: registry.plugin(name) for name in registry.installed()}


def _system_to_log_in(document: Document, system: str | None) -> str:
    able = [
        name
        for name, config in document.systems.items()
        if registry.plugin(config.connector, where=f"{config.at}: ").login is not None
    ]
    if system is not None and system not in able:
        raise UserError(
            f'"{system}" is not a system of {MAPPING} that needs a login. With one: {", ".join(able) or "none"}.'
        )
    if system is None and len(able) != 1:
        raise UserError(
            f"{MAPPING} has {len(able)} systems that need a login"
            + (f": {', '.join(able)}. Name one: sync login --system NAME" if able else ".")
        )
    return system or able[0]


def _try_lenses(project: Project, connectors: Mapping[str, Connector]) -> None:
    """Compile every entity's mapping, so that a wrong expression or format shows here and not in the night."""
    from syncengine.decide.translate import LookupTable, compile_lens

    tables = {name: LookupTable(lookup=lookup) for name, lookup in project.lookups.items()}
    resources = {name: connector.resources() for name, connector in connectors.items()}
    for entity in project.entities:
        left, right = (resources[end.system][end.resource] for end in (entity.left, entity.right))
        compile_lens(entity, left, right, tables)


def _check_system(name: str, connector: Connector) -> list[Note]:
    try:
        return [replace(note, text=f"{name}: {note.text}") for note in connector.check()]
    except SyncError as error:
        return [Note(ok=False, text=f"{name}: {error}")]


@contextmanager
def _connected(document: Document, name: str, ports: Ports) -> Iterator[Connector]:
    config = document.systems[name]
    plugin = registry.plugin(config.connector, where=f"{config.at}: ")
    options = check_options(document, name, plugin.options, root=ports.root, kept=_kept)
    connector = plugin.connect(options, _with_emulator(config.connector, options, ports))
    try:
        yield connector
    finally:
        connector.close()


def _with_emulator(connector: str, options: Mapping[str, Any], ports: Ports) -> Ports:
    """Ports whose transport is the embedded emulator, where the options ask for it."""
    if options.get("url") != "emulator" or ports.transport is not None:
        return ports
    make = registry.emulator(connector)
    return replace(ports, transport=make(options, str(ports.state / "emulator")))


def _ports(root: Path, document: Document, clock: Clock, *, interactive: bool = False, transport: Any = None) -> Ports:
    return Ports(
        root=root,
        state=root / document.state,
        credentials=credentials(),
        clock=clock,
        ids=SystemIds(),
        transport=transport,
        interactive=interactive,
    )


def credentials() -> Path:
    """Where credential profiles lie: ``SYNCENGINE_CREDENTIALS``, or the user's data folder."""
    if given := os.environ.get("SYNCENGINE_CREDENTIALS"):
        return Path(given)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "syncengine" / "credentials"


def _boot() -> str:
    """Identity of this boot of the machine; "" where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def _count(project: Project) -> str:
    fields = sum(len(entity.fields) for entity in project.entities)
    entities = len(project.entities)
    return f"{entities} {'entity' if entities == 1 else 'entities'}, {fields} fields, nothing wrong"
