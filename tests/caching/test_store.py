"""The cache on disk: entries whole or not at all, nothing raised, no more than the limit."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

import qspec
from qspec.caching import store as store_module
from qspec.caching.entry import key_of, seal, unseal
from qspec.caching.files import entries, leftovers
from qspec.caching.store import Store


def test_what_is_written_is_read(store, key):
    assert store.read("isa", key) is None
    store.write("isa", key, b"content")
    assert store.read("isa", key) == b"content"
    assert store.read("parsed", key) is None
    assert store.trouble == ""


def test_only_the_user_can_read_it(store, key, kept):
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


def test_nothing_half_written_is_left(store, key, kept):
    assert list(leftovers(store.folder, older_than=time.time() + 60)) == []


def test_another_store_on_the_folder_reads_it(store, key, kept):
    assert Store(folder=store.folder, limit=store.limit, writes=False).read("isa", key) == b"content"


def test_every_truncation_and_every_flipped_byte_is_noticed(key):
    whole = seal("isa", key, b"content")
    assert unseal(whole, "isa", key) == b"content"
    for end in range(len(whole)):
        assert unseal(whole[:end], "isa", key) is None
    for index in range(len(whole)):
        assert unseal(whole[:index] + bytes([whole[index] ^ 1]) + whole[index + 1 :], "isa", key) is None
    assert unseal(whole + b"x", "isa", key) is None


@pytest.mark.parametrize("damaged", [b"", b"\n", b"content", b"\xff" * 100])
def test_a_damaged_entry_is_dropped_and_written_again(store, key, kept, damaged):
    kept.write_bytes(damaged)
    assert store.read("isa", key) is None
    assert not kept.exists()
    store.write("isa", key, b"content")
    assert store.read("isa", key) == b"content"


def test_an_entry_under_another_name_is_not_that_of_the_name(store, key, kept):
    other = key_of("something else")
    place = store.folder / "isa" / other[:2] / other
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(kept.read_bytes())
    assert store.read("isa", other) is None
    assert not place.exists()


def link(path, tmp_path):
    outside = tmp_path / "outside"
    outside.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(outside)


def pipe(path, tmp_path):
    path.unlink()
    os.mkfifo(path)


def foreign(path, tmp_path):
    os.chown(path, 12345, -1)


@pytest.mark.parametrize("change", [link, pipe, pytest.param(foreign, marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away"))])  # fmt: skip
def test_what_is_not_a_plain_file_of_this_user_is_not_read(store, key, kept, tmp_path, change):
    change(kept, tmp_path)
    assert store.read("isa", key) is None
    assert not kept.is_symlink()
    assert not kept.exists()


def test_a_folder_in_an_entry_s_place_is_lived_with(store, key, kept):
    kept.unlink()
    kept.mkdir()
    assert store.read("isa", key) is None
    store.write("isa", key, b"content")
    assert "cannot write to" in store.trouble


def test_who_only_reads_changes_nothing(store, key, kept):
    kept.write_bytes(b"damaged")
    os.utime(kept, (1, 1))
    reader = Store(folder=store.folder, limit=store.limit, writes=False)
    assert reader.read("isa", key) is None
    reader.write("isa", key_of("more"), b"content")
    reader.drop("isa", key)
    assert [entry.key for entry in entries(store.folder)] == [key]
    assert kept.stat().st_mtime == 1


@pytest.mark.parametrize("folder", [None, Path("/dev/null"), Path("/dev/null/below"), Path("/proc/nowhere")])
def test_a_folder_that_cannot_be_is_said_once_and_gone_without(folder, key):
    store = Store(folder=folder, limit=1 << 20)
    store.write("isa", key, b"content")
    assert store.read("isa", key) is None
    assert store.trouble
    assert not store.writes


def test_a_full_disk_is_left_alone(store, key, monkeypatch):
    monkeypatch.setattr(store_module, "_free", lambda _folder: store_module.ROOM)
    store.write("isa", key, b"content")
    assert store.read("isa", key) is None
    assert "little room" in store.trouble


def test_an_entry_that_is_large_for_the_cache_is_not_kept(store, key):
    store.write("isa", key, bytes(store.limit // 3))
    assert store.read("isa", key) is None
    assert store.trouble == ""


def test_the_cache_stays_within_its_size_and_what_was_used_longest_ago_goes(cache_dir):
    store = Store(folder=cache_dir, limit=400_000)
    keys = [key_of(number) for number in range(300)]
    first = cache_dir / "isa" / keys[0][:2] / keys[0]
    for number, key in enumerate(keys):
        store.write("isa", key, bytes(8000))
        path = cache_dir / "isa" / key[:2] / key
        os.utime(path, (number + 1, number + 1))
        assert store.read("isa", keys[0]), "what is used stays"
        assert sum(entry.size for entry in entries(cache_dir)) <= store.limit
    assert first.stat().st_mtime > time.time() - 60
    left = [number for number, key in enumerate(keys) if store.read("isa", key)]
    assert left[0] == 0
    assert left[1:] == list(range(left[1], 300))
    assert len(left) > 20


def test_what_a_killed_process_left_goes_after_an_hour(store, key, kept):
    old, new = (kept.parent / f".{digit * 16}.part" for digit in "01")
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    for number in range(40):
        store.write("isa", key_of(number), bytes(4000))
    assert new.exists()
    assert not old.exists()


WRITER = """
import sys
from pathlib import Path
from qspec.caching.entry import key_of
from qspec.caching.store import Store
store = Store(folder=Path(sys.argv[1]), limit=200_000)
for number in range(200):
    key = key_of(number % 50)
    found = store.read("isa", key)
    assert found in (None, bytes([number % 50]) * 3000), found
    store.write("isa", key, bytes([number % 50]) * 3000)
assert not store.trouble, store.trouble
"""


def test_eight_processes_read_write_and_make_room_at_once(cache_dir):
    environment = os.environ | {"PYTHONPATH": str(Path(qspec.__file__).parents[1])}
    command = [sys.executable, "-c", WRITER, str(cache_dir)]
    writers = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) for _ in range(8)]
    for writer in writers:
        _, err = writer.communicate()
        assert writer.returncode == 0, err.decode()
    assert all(unseal(entry.path.read_bytes(), entry.kind, entry.key) for entry in entries(cache_dir))
    assert list(leftovers(cache_dir, older_than=time.time() + 60)) == []
