"""The sweep of a spec as it is read: its axes, the places that they vary, and their values, each with its node."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.diagnostics import Diagnostic, has_errors
from qspec.frozen import frozen
from qspec.reading.layers import is_override, place
from qspec.reading.nodes import Node
from qspec.reading.sweeping import ROUTE, check_sweep, sweep_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qspec.reading.nodes import Entry
    from qspec.sweep import Axis, Sweep, Variants


@frozen
class Axes:
    """A sound sweep: `base` is the spec without it, `keys` and `nodes` are where its axes and their values stand."""

    sweep: Sweep
    variants: Variants
    base: Node
    keys: tuple[Entry, ...]
    nodes: tuple[tuple[Node, ...], ...]

    def root(self, variant: int, index: int = 0) -> Node:
        """The spec at a point: the tree with the axes' values in their places."""
        root = self.base
        indices = self.variants.indices(variant, index)
        for axis, key, nodes, chosen in zip(self.sweep.axes, self.keys, self.nodes, indices, strict=True):
            root = place(root, axis.place.split("."), nodes[chosen], key.source, key.mark)
        return root


def has_sweep(root: Node) -> bool:
    """Whether a spec says a sweep."""
    return isinstance(root.value, dict) and "sweep" in root.value


def read_axes(root: Node) -> tuple[Axes | None, list[Diagnostic]]:
    """The sweep of a spec and the findings about it; None where a finding stands in its way."""
    findings = check_sweep(root.plain())
    if has_errors(findings):
        return None, findings
    axes = _axes(root)
    return axes, [*findings, *_overridden(axes)]


def _overridden(axes: Axes) -> Iterator[Diagnostic]:
    """Overrides of what an axis varies. Code: no-effect."""
    for axis in axes.sweep.axes:
        node = axes.base.find(tuple(int(step) if step.isdigit() else step for step in axis.place.split(".")))
        if node is not None and is_override(node.source):
            message = f"{node.source.path} has no effect: an axis of the sweep varies it"
            yield Diagnostic(
                code="no-effect", message=message, severity="warning", route=(*ROUTE, axis.place), on_key=True
            )


def _axes(root: Node) -> Axes:
    assert isinstance(root.value, dict)  # noqa: S101 - it has a sweep
    base = replace(root, value={key: entry for key, entry in root.value.items() if key != "sweep"}, _plain=None)
    block = root.find(ROUTE)
    assert block is not None and isinstance(block.value, dict)  # noqa: S101, PT018 - the schema says so
    keys = tuple(block.value.values())
    sweep, variants = sweep_of(root.plain())
    nodes = tuple(_nodes(key.node, axis) for key, axis in zip(keys, sweep.axes, strict=True))
    return Axes(sweep=sweep, variants=variants, base=base, keys=keys, nodes=nodes)


def _nodes(node: Node, axis: Axis) -> tuple[Node, ...]:
    """The values of an axis, each as a node; those of a generator stand where it does."""
    if isinstance(node.value, list):
        return tuple(node.value)
    return tuple(Node(node.source, node.mark, value) for value in axis.values)
