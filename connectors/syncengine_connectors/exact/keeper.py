"""The token chain: one refresher, re-read under the lock, saved before use, nothing asked twice without need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from syncengine.errors import LoginError, Transient
from syncengine.ports import Clock
from syncengine_connectors.exact.profile import Chain, Profile, Tokens
from syncengine_connectors.exact.tokens import Reply, TokenServer

REFRESH_AFTER: Final = 570.0
"""Seconds; the server refuses a refresh before, and the access token dies at 600."""

_SURELY_OLD: Final = 598.0
_KEEP: Final = 30.0
_SKEW: Final = 60.0
_AGAIN_AFTER: Final = (0.0, 10.0, 30.0)
"""Seconds before the same token is sent again when no answer came."""

_NEXT_RUN: Final = 300.0
"""Seconds: longer than any read waits, so that nothing asks again within this run."""

LIFETIME: Final = 30 * 86_400.0
"""Seconds a refresh token lives unused."""


class Keeper:
    """Hands out an access token that works, and renews it when, and only when, it must."""

    def __init__(
        self, profile: Profile, server: TokenServer, clock: Clock, *, first: Callable[[], Tokens] | None = None
    ) -> None:
        """Ask nothing yet.

        Args:
            first: Logs in without a person (the embedded emulator); None where one is needed.
        """
        self._profile = profile
        self._server = server
        self._clock = clock
        self._first = first
        self._held: Tokens | None = None

    def token(self) -> Tokens:
        """The tokens to use now.

        Raises:
            LoginError: A person must log in.
            StateError: The profile cannot be written; no token call was made.
            Transient: The token server gave no answer.
        """
        if self._held is None or self._due(self._held):
            self._held = self._renew(None)
        return self._held

    def refused(self, tokens: Tokens) -> Tokens:
        """After a 401: the tokens to repeat the request with, once. They are the same ones if they cannot have expired."""
        if -_SKEW <= self._now() - tokens.asked < REFRESH_AFTER:
            stored = self._profile.load().current
            self._held = stored or tokens
        else:
            self._held = self._renew(tokens)
        return self._held

    def worked(self, tokens: Tokens) -> None:
        """After the first success of a generation: the one before it is of no more use."""
        if tokens.worked:
            return
        with self._profile.lock():
            chain = self._profile.load()
            proven = replace(tokens, worked=True)
            if chain.current is not None and chain.current.access == tokens.access:
                self._profile.save(replace(chain, current=proven, previous=None))
        self._held = proven

    def start(self, reply: Reply) -> None:
        """Begin a new chain with what a person's consent gave.

        Raises:
            LoginError, Transient: It gave nothing; what was kept before still is.
        """
        tokens = reply.first()
        with self._profile.lock():
            self._profile.save(Chain(current=tokens))
        self._held = tokens

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _due(self, tokens: Tokens) -> bool:
        """Whether it is time to refresh: not before the server allows it, not after the token may have died.

        Tokens from the future mean that a clock was set back: their age is unknown, and asking costs nothing but an "early".
        """
        now = self._now()
        return (
            now - tokens.answered >= REFRESH_AFTER
            or now - tokens.asked >= _SURELY_OLD
            or now - tokens.answered < -_SKEW
        )

    def _renew(self, refused: Tokens | None) -> Tokens:
        """Refresh under the lock, unless somebody did.

        Args:
            refused: Tokens the API refused though the clock gave them time; None if they are only old.
        """
        with self._profile.lock():
            chain = self._profile.load()
            current = chain.current
            if current is None:
                return self._begin()
            if chain.dead:
                raise LoginError(f"{chain.dead} Log in again: sync login")
            fresh = not self._due(current) if refused is None else current.access != refused.access
            if fresh or self._now() < chain.kept_until:
                return current
            if self._now() - current.answered > LIFETIME:
                raise LoginError("The login was not used for 30 days and has expired. Log in again: sync login")
            return self._refresh(chain, current)

    def _begin(self) -> Tokens:
        if self._first is None:
            raise LoginError("Nobody is logged in to Exact on this machine for this app and user. Log in: sync login")
        tokens = self._first()
        self._profile.save(Chain(current=tokens))
        return tokens

    def _refresh(self, chain: Chain, current: Tokens) -> Tokens:
        # The note proves that the answer can be kept: a token call whose answer is lost ends the login.
        chain = replace(chain, attempt=self._now())
        self._profile.save(chain)
        reply = self._ask(current.refresh)
        if reply.kind == "old":
            return self._after_old(chain, current, reply)
        return self._settle(chain, current, reply)

    def _settle(self, chain: Chain, current: Tokens, reply: Reply) -> Tokens:
        """Turn a reply into tokens, saved before they are used."""
        if reply.tokens is not None:
            self._profile.save(replace(chain, current=reply.tokens, previous=current, kept_until=0.0))
            return reply.tokens
        if reply.kind == "early":
            self._profile.save(replace(chain, kept_until=self._now() + _KEEP))
            return current
        if reply.kind == "silent":
            raise Transient(
                f"Exact's token server gave no answer ({reply.words}); the next run tries the same token again",
                retry_after=_NEXT_RUN,
            )
        if reply.kind == "stranger":
            # Mended in sync.yaml, not by a login: the chain is as good as before.
            raise LoginError(
                f"Exact does not know this app: {reply.words}. Correct client_id and client_secret in sync.yaml; the login "
                "itself is kept."
            )
        raise self._bury(chain, f"Exact refuses the login: {reply.words}.")

    def _after_old(self, chain: Chain, current: Tokens, reply: Reply) -> Tokens:
        """The refresh token was used before: perhaps by somebody who stored the next one, perhaps its answer was lost."""
        stored = self._profile.load()
        if stored.current is not None and stored.current.refresh != current.refresh:
            return stored.current
        if chain.previous is not None and chain.previous.refresh != current.refresh:
            last = self._server.refresh(chain.previous.refresh)
            if last.tokens is not None:
                return self._settle(chain, current, last)
        raise self._bury(
            chain,
            f"Exact says that this login was continued elsewhere: {reply.words}. An answer was lost, or two copies of the "
            "profile are in use.",
        )

    def _ask(self, token: str) -> Reply:
        """Ask for the next generation, with the same token again while no answer comes."""
        reply = self._server.refresh(token)
        for pause in _AGAIN_AFTER:
            if reply.kind != "silent":
                break
            self._clock.sleep(pause)
            reply = self._server.refresh(token)
        return reply

    def _bury(self, chain: Chain, why: str) -> LoginError:
        """Note that no token call helps any more."""
        self._profile.save(replace(chain, dead=why))
        return LoginError(f"{why} Log in again: sync login")
