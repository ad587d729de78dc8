"""How the cost of a sweep grows: CPU time for each point, and peak memory, from ten points to ten thousand."""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.case import qspec
from benchmarks.report import surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.measure import Cost

SIZES = {10: 60, 100: 20, 1000: 6, 10_000: 2}
"""Numbers of points, and how often each is run: the fewer points, the more weighs the start of a process."""
_FLAT = 1.1
_SPEC = """\
# One noisy point takes some twenty milliseconds: 1000 shots of five qubits.
qspec: 1
name: growth
seed: 1
backend: {kind: fake, name: fake_torino}
circuits:
  turned:
    kind: qasm
    measure: all
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      input float[64] phi;
      qubit[5] q;
      rx(phi) q[0];
      cx q[0], q[1];
      cx q[1], q[2];
      cx q[2], q[3];
      cx q[3], q[4];
jobs:
  counts:
    program_id: sampler
    shots: 1000
    pubs:
      - {circuit: turned, parameter_values: {phi: 0}}
sweep:
  axes:
    jobs.counts.pubs.0.parameter_values.phi: {linspace: [0, 3, POINTS]}
"""


def measured(sizes: Mapping[int, int] = SIZES) -> dict[str, Any]:
    """The series: medians of the CPU seconds for each point beyond the first, and of the peak memory in MB.

    Each run has one of a single point before it, whose cost is taken off, and the runs of every size are spread over the
    whole time: the machine may be busier at one time than at another.
    """
    found: dict[int, list[tuple[Cost, Cost]]] = {points: [] for points in sizes}
    for points in _spread(sizes):
        found[points].append((_cost(1), _cost(points)))
    series = []
    for points, pairs in found.items():
        each = [(all_.cpu - one.cpu) / (points - 1) for one, all_ in pairs]
        peak = statistics.median(all_.peak for _, all_ in pairs)
        series.append(
            {"points": points, "rounds": len(pairs), "cpu": statistics.median(each), "all": each, "peak": peak}
        )
        print(f"{points:>7,} points: {1e3 * series[-1]['cpu']:.2f} ms of CPU time each, {peak:.0f} MB", flush=True)
    begun = statistics.median(one.cpu for pairs in found.values() for one, _ in pairs)
    return {"start": begun, "series": series, "surroundings": surroundings({})}


def _spread(sizes: Mapping[int, int]) -> list[int]:
    """Every size as often as it is run, evenly over the whole."""
    places = [((run + 0.5) / rounds, points) for points, rounds in sizes.items() for run in range(rounds)]
    return [points for _, points in sorted(places)]


def _cost(points: int) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "growth.yaml").write_text(_SPEC.replace("POINTS", str(points)), "utf-8")
        return qspec("run", "-q", "--workers", 1, "growth.yaml").run(Path(folder))


def flat(result: Mapping[str, Any]) -> bool:
    """Whether neither the CPU time of a point nor the peak of memory depends on the number of points."""
    return all(
        max(values) <= _FLAT * min(values)
        for values in ([each[quantity] for each in result["series"]] for quantity in ("cpu", "peak"))
    )


def keep(result: Mapping[str, Any], path: Path) -> None:
    """Write the series down."""
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def draw(result: Mapping[str, Any]) -> str:
    """The series as a picture (SVG): CPU time for each point on the left, peak memory on the right."""
    series = result["series"]
    points = [each["points"] for each in series]
    left = _panel(40, "CPU time of a point, ms", points, [1e3 * each["cpu"] for each in series])
    right = _panel(400, "peak memory, MB", points, [each["peak"] for each in series])
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 260" font-family="sans-serif" font-size="12">\n'
    return "".join([head, '<rect width="720" height="260" fill="white"/>\n', *left, *right, "</svg>\n"])


def _panel(x: int, title: str, points: Sequence[int], values: Sequence[float]) -> Iterator[str]:
    """Values from 0 upwards over numbers of points, on a logarithmic scale."""
    top = 1.25 * max(values)
    across = [x + 30 + 240 * index / max(len(points) - 1, 1) for index in range(len(points))]
    down = [220 - 170 * value / top for value in values]
    yield f'<text x="{x}" y="24" font-weight="bold">{title}</text>\n'
    yield f'<line x1="{x}" y1="220" x2="{x + 300}" y2="220" stroke="black"/>\n'
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, down, strict=True))
    yield f'<polyline points="{line}" fill="none" stroke="#1f77b4" stroke-width="2"/>\n'
    for a, b, number, value in zip(across, down, points, values, strict=True):
        yield f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="#1f77b4"/>\n'
        yield f'<text x="{a:.1f}" y="{b - 10:.1f}" text-anchor="middle">{value:.3g}</text>\n'
        yield f'<text x="{a:.1f}" y="238" text-anchor="middle">{number:,}</text>\n'
    yield f'<text x="{x + 150}" y="254" text-anchor="middle">points</text>\n'
