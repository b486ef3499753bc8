"""The credential profile on disk."""

from __future__ import annotations

import os
import threading

import pytest
from cryptography.fernet import Fernet

from syncengine.errors import LoginError, StateError
from syncengine.sealed import KEY_VARIABLE
from syncengine_connectors.exact.profile import Chain, FileProfile, Tokens, profile_name

TOKENS = Tokens(access="access-secret", refresh="refresh-secret", asked=1.0, answered=2.0)


def profile(tmp_path, environment=None) -> FileProfile:
    return FileProfile(tmp_path / "credentials", "exact-nl-x-default", environment or {})


def test_what_is_kept_is_read_back_and_encrypted(tmp_path):
    chain = Chain(current=TOKENS, previous=TOKENS, attempt=3.0, kept_until=4.0, dead="why")
    made = profile(tmp_path)
    made.save(chain)
    assert profile(tmp_path).load() == chain
    everything = b"".join(path.read_bytes() for path in made.path.parent.iterdir())
    assert b"secret" not in everything
    assert "secret" not in repr(chain) + repr(made)


def test_nobody_else_may_look(tmp_path):
    made = profile(tmp_path)
    made.path.parent.mkdir(mode=0o755)
    made.save(Chain(current=TOKENS))
    with made.lock():
        pass
    assert made.path.parent.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in made.path.parent.iterdir()} == {0o600}


def test_nothing_kept_is_an_empty_chain(tmp_path):
    assert profile(tmp_path).load() == Chain()


def test_the_newest_key_encrypts_and_all_decrypt(tmp_path):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    profile(tmp_path, {KEY_VARIABLE: old}).save(Chain(current=TOKENS))
    both = profile(tmp_path, {KEY_VARIABLE: f"{new}, {old}"})
    assert both.load().current == TOKENS
    both.save(both.load())
    assert profile(tmp_path, {KEY_VARIABLE: new}).load().current == TOKENS
    with pytest.raises(LoginError, match="no key opens"):
        profile(tmp_path, {KEY_VARIABLE: old}).load()


def test_a_wrong_or_missing_key_says_so(tmp_path):
    made = profile(tmp_path)
    made.save(Chain(current=TOKENS))
    (made.path.parent / "key").write_bytes(Fernet.generate_key())
    with pytest.raises(LoginError, match="no key opens"):
        made.load()
    (made.path.parent / "key").write_text("no key at all")
    with pytest.raises(StateError, match="no key; expected 32 bytes"):
        made.load()
    (made.path.parent / "key").unlink()
    with pytest.raises(LoginError, match="key that opens this profile is missing"):
        made.load()


def test_a_key_that_others_may_read_is_not_used(tmp_path):
    made = profile(tmp_path)
    made.save(Chain(current=TOKENS))
    (made.path.parent / "key").chmod(0o644)
    with pytest.raises(StateError, match="others may read this key"):
        made.load()


@pytest.mark.parametrize("damage", [b"", b"x", b"\xff" * 100])
def test_a_damaged_profile_asks_for_a_login(tmp_path, damage):
    made = profile(tmp_path)
    made.save(Chain(current=TOKENS))
    made.path.write_bytes(damage)
    with pytest.raises(LoginError, match="sync login"):
        made.load()


def test_an_unwritable_folder_is_said_before_anything_is_lost(tmp_path):
    (tmp_path / "credentials").write_text("a file where the folder should be")
    with pytest.raises(StateError, match="cannot be written"):
        profile(tmp_path).save(Chain(current=TOKENS))
    with pytest.raises(StateError, match="cannot be locked"), profile(tmp_path).lock():
        pass


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_at_any_step_leaves_what_was_there(tmp_path, monkeypatch, step):
    made = profile(tmp_path)
    made.save(Chain(attempt=1.0))

    def fail(*args, **options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, step, fail)
        patched.setattr("pathlib.Path.replace", fail if step == "replace" else made.path.replace)
        with pytest.raises(StateError, match="No space left"):
            made.save(Chain(attempt=2.0))
    assert made.load().attempt == 1.0


def test_first_logins_of_several_users_agree_on_one_key(tmp_path):
    folder = tmp_path / "credentials"
    made = [FileProfile(folder, f"exact-nl-x-{n}", {}) for n in range(8)]
    threads = [threading.Thread(target=one.save, args=(Chain(attempt=float(n)),)) for n, one in enumerate(made)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.load().attempt for one in made] == [float(n) for n in range(8)]
    assert [path.name for path in folder.iterdir() if not path.suffix] == ["key"]


def test_a_disk_that_does_not_last_is_noticed(tmp_path):
    made = profile(tmp_path)
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\ntmpfs {tmp_path} tmpfs rw 0 0\n")
    assert not made.lasts(mounts)
    mounts.write_text(f"tmpfs / tmpfs rw 0 0\n/dev/sda {tmp_path} ext4 rw 0 0\n")
    assert made.lasts(mounts)
    assert made.lasts(tmp_path / "nothing here"), "a system without the list is believed"


def test_a_name_shows_place_and_user_but_no_app():
    assert profile_name("nl", "client-id", "jan").startswith("exact-nl-")
    assert "client-id" not in profile_name("nl", "client-id", "jan")
    assert profile_name("nl", "a", "jan") != profile_name("nl", "b", "jan")
