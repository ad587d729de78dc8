"""Which team computes."""

from __future__ import annotations

import pytest
from workers_at_hand import ARITHMETIC

from qspec.errors import UsageError
from qspec.workers.alone import Alone
from qspec.workers.choose import choose_team
from qspec.workers.cluster import Cluster
from qspec.workers.pool import Pool


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"workers": "1"}, Alone),
        ({"workers": "2"}, Pool),
        ({"seconds": 0.1, "items": 1000}, Alone),
        ({"seconds": 1000, "items": 1}, Alone),
        ({"seconds": 1000, "items": 1000}, Pool),
        ({"scheduler": "tcp://host:8786"}, Cluster),
        ({"scheduler": "local:2"}, Cluster),
    ],
)
def test_a_team_is_chosen(given, kind, monkeypatch):
    monkeypatch.setattr("qspec.workers.cores.usable_cores", lambda: 8)
    assert type(choose_team(ARITHMETIC, **given)) is kind


@pytest.mark.parametrize("workers", ["0", "-1", "two", "", "1.5", "100000"])
def test_workers_are_a_number(workers):
    with pytest.raises(UsageError, match=f"not '{workers}'"):
        choose_team(ARITHMETIC, workers=workers)


def test_workers_of_a_cluster_are_its_own():
    with pytest.raises(UsageError, match="do not go together"):
        choose_team(ARITHMETIC, workers="2", scheduler="local:2")
