"""`qspec cache`, and --no-cache."""

from __future__ import annotations

import json

import pytest

from qspec.caching.files import entries
from qspec.planning import kept
from qspec.planning.transpile import Transpiler


@pytest.fixture
def transpiled(monkeypatch):
    names = []
    run = Transpiler.run

    def watched(self, circuit, *, seed):
        names.append(circuit.name)
        return run(self, circuit, seed=seed)

    monkeypatch.setattr(Transpiler, "run", watched)
    monkeypatch.setattr(kept, "WORTH", 0.0)
    return names


def test_a_second_run_transpiles_nothing_and_no_cache_does(qspec, desk, transpiled):
    for words, number in (
        (("plan", "bell.yaml"), 1),
        (("run", "bell.yaml"), 2),
        (("run", "bell.yaml"), 2),
        (("plan", "bell.yaml"), 2),
        (("run", "--no-cache", "bell.yaml"), 3),
        (("plan", "--no-cache", "bell.yaml"), 4),
        (("plan", "bell.yaml"), 4),
    ):
        assert qspec(*words).code == 0
        assert len(transpiled) == number, words


def test_no_cache_writes_nothing(qspec, desk, transpiled, cache_dir):
    assert qspec("run", "--no-cache", "bell.yaml").code == 0
    assert qspec("plan", "bell.yaml").code == 0
    assert not cache_dir.exists()


def test_the_environment_switches_it_off(qspec, desk, transpiled, cache_dir, monkeypatch):
    monkeypatch.setenv("QSPEC_NO_CACHE", "1")
    assert qspec("run", "bell.yaml").code == 0
    assert not cache_dir.exists()
    assert "switched off by QSPEC_NO_CACHE" in qspec("cache").out


def test_submitting_fills_the_cache(qspec, emulator, transpiled, cache_dir):
    assert qspec("submit", "pair.yaml").code == 5
    assert len(transpiled) == 2
    assert qspec("submit", "pair.yaml").code == 5
    assert len(transpiled) == 2, "the same device with the same calibration"
    assert qspec("submit", "--no-cache", "pair.yaml").code == 5
    assert len(transpiled) == 4


def test_several_specs_of_one_command_share_what_they_make(qspec, desk, transpiled):
    (desk / "other.yaml").write_text((desk / "bell.yaml").read_text().replace("name: bell", "name: other"))
    assert qspec("plan", "--no-cache", "bell.yaml", "other.yaml").code == 0
    assert len(transpiled) == 1


def test_an_unusable_folder_is_one_quiet_note(qspec, desk, monkeypatch):
    monkeypatch.setenv("QSPEC_CACHE_DIR", "/dev/null/below")
    said = qspec("run", "bell.yaml", "-v")
    assert said.code == 0
    assert said.err.count("planned without the cache: cannot read '/dev/null/below/") == 1
    assert "cache" not in qspec("run", "bell.yaml").err


def test_a_size_that_is_none_is_a_mistake_of_the_command_line(qspec, desk, monkeypatch):
    monkeypatch.setenv("QSPEC_CACHE_SIZE", "much")
    said = qspec("run", "bell.yaml")
    assert said.code == 2
    assert said.err.startswith("error: QSPEC_CACHE_SIZE is 'much', which is no size\n")
    assert qspec("run", "--no-cache", "bell.yaml").code == 0


def test_info_counts_what_there_is(qspec, desk, transpiled, cache_dir):
    assert qspec("cache").out == (
        f"the cache is in {cache_dir}, and has 1.0 GiB at most\n"
        "\n"
        "                            entries  size\n"
        "  ISA circuits                    0   0 B\n"
        "  circuits read from texts        0   0 B\n"
        "  together                        0   0 B\n"
    )
    qspec("run", "bell.yaml")
    found = json.loads(qspec("cache", "info", "--format", "json").out)
    assert found["folder"] == str(cache_dir)
    assert {kind: entry["number"] for kind, entry in found["entries"].items()} == {"isa": 1, "parsed": 1}
    assert found["bytes"] == sum(entry.size for entry in entries(cache_dir))


def test_clear_empties_it(qspec, desk, transpiled, cache_dir):
    qspec("run", "bell.yaml")
    assert qspec("cache", "clear").out == "removed 2 entries\n"
    assert not cache_dir.exists()
    assert json.loads(qspec("cache", "clear", "--format", "json").out) == {"version": 1, "removed": 0, "left": 0}


def test_verify_reads_everything_and_removes_what_is_damaged(qspec, desk, transpiled, cache_dir):
    qspec("run", "bell.yaml")
    assert qspec("cache", "verify").out == "2 entries sound, 0 damaged\n"
    first, second = entries(cache_dir)
    first.path.write_bytes(b"torn")
    said = qspec("cache", "verify")
    assert (said.code, said.out) == (1, f"1 entry sound, 1 damaged\nremoved: {first.path}\n")
    said = qspec("cache", "verify", "--format", "json")
    assert (said.code, json.loads(said.out)) == (0, {"version": 1, "sound": 1, "damaged": [], "left": []})
    assert second.path.exists()


def test_another_word_is_refused(qspec):
    assert qspec("cache", "prune").code == 2


def test_nothing_in_the_cache_says_whose_it_is(qspec, desk, transpiled, cache_dir):
    text = (desk / "bell.yaml").read_text().replace("name: bell", "name: my-secret-project\ndescription: canary")
    (desk / "bell.yaml").write_text(text)
    qspec("run", "bell.yaml")
    found = b"".join(entry.path.read_bytes() for entry in entries(cache_dir))
    for word in (b"secret", b"canary", b"OPENQASM", str(desk).encode()):
        assert word not in found
