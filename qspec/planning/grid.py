"""The points of one variant of a sweep: which numbers differ between them, and the PUBs of each."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Literal

from qspec.frozen import frozen
from qspec.seeds import derive
from qspec.simulation.local import Share
from qspec.sweep import digits
from qspec.values import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qiskit import QuantumCircuit
    from qiskit.primitives.containers.bindings_array import BindingsArray
    from qiskit.primitives.containers.observables_array import ObservablesArray

    from qspec.planning.plan import Plan
    from qspec.sweep import Axis, Variants


@frozen
class Column:
    """What one axis changes: the seed, the shots or the precision of a job, or the value of a PUB's parameter.

    `values` are the numbers that it takes; `digit` says which digit of a point's index chooses among them. They are left
    out of the hash, which is asked for at every point: a sweep of many points would take time as their square.
    """

    key: Literal["seed", "shots", "precision", "parameter_values"]
    job: str = ""
    pub: int = 0
    name: str = ""
    digit: int
    values: tuple[float, ...] = field(hash=False)


@frozen
class Grid:
    """The points of one variant: their indices are numbers in mixed bases `lengths`, the last digit the least."""

    lengths: tuple[int, ...]
    columns: tuple[Column, ...]

    def values(self, index: int) -> dict[Column, float]:
        """The number that each column has at a point."""
        chosen = digits(index, self.lengths)
        return {column: column.values[chosen[column.digit]] for column in self.columns}


def grid_of(variants: Variants, variant: int) -> Grid:
    """The grid of a variant: one digit for each axis under `product`, one for all of them under `zip`."""
    axes = [variants.sweep.axes[axis] for axis in variants.numeric]
    if variants.sweep.combine == "product":
        columns = tuple(_column(axis, digit, axis.values) for digit, axis in enumerate(axes))
        return Grid(lengths=tuple(len(axis.values) for axis in axes), columns=columns)
    size = variants.size(variant)
    points = [variants.point(variant, index) for index in range(size)]
    columns = tuple(_column(axis, 0, [axis.values[point] for point in points]) for axis in axes)
    return Grid(lengths=(size,), columns=columns)


def _column(axis: Axis, digit: int, values: Sequence[Any]) -> Column:
    steps = axis.place.split(".")
    if len(steps) == 6:
        numbers = tuple(number(value) for value in values)
        return Column(
            key="parameter_values", job=steps[1], pub=int(steps[3]), name=steps[5], digit=digit, values=numbers
        )
    if steps[-1] == "precision":
        return Column(key="precision", job=steps[1], digit=digit, values=tuple(map(float, values)))
    whole = tuple(map(int, values))
    if steps == ["seed"]:
        return Column(key="seed", digit=digit, values=whole)
    return Column(key="shots", job=steps[1], digit=digit, values=whole)


@frozen
class PubParts:
    """What a PUB is made of: the ISA circuit, its parameter sets at the first point, its observables."""

    circuit: QuantumCircuit
    parameter_values: BindingsArray
    observables: ObservablesArray | None

    def bindings(self, changes: Mapping[str, float]) -> BindingsArray:
        """The parameter sets with other numbers for some parameters, by their names; others than the circuit has are passed over."""
        from qiskit.primitives.containers.bindings_array import BindingsArray

        if not changes:
            return self.parameter_values
        data = {}
        for names, array in self.parameter_values.data.items():
            changed = [(place, changes[name]) for place, name in enumerate(names) if name in changes]
            data[names] = array.copy() if changed else array
            for place, value in changed:
                data[names][..., place] = value
        return BindingsArray(data, self.parameter_values.shape)


@frozen
class JobGrid:
    """One job at all points of a variant. `job` is the object of its program, `seed` the root seed where no axis is."""

    id: str
    job: Any
    pubs: tuple[PubParts, ...]
    seed: int

    def program(self, values: Mapping[Column, float]) -> Any:
        """The object of the job's program at a point."""
        said = {column.key: value for column, value in values.items() if column.job == self.id and not column.name}
        return replace(self.job, **said) if said else self.job

    def share(self, program: Any, values: Mapping[Column, float]) -> Share:
        """What the job runs at a point, with the seeds that it has there."""
        seed = next((int(value) for column, value in values.items() if column.key == "seed"), self.seed)
        return Share(
            pubs=tuple(
                program.make_pub(parts.circuit, parts.bindings(self._changes(index, values)), parts.observables)
                for index, parts in enumerate(self.pubs)
            ),
            seed=derive(seed, "simulator", self.id),
            pub_seeds=tuple(derive(seed, "simulator", self.id, str(index)) for index in range(len(self.pubs))),
        )

    def _changes(self, pub: int, values: Mapping[Column, float]) -> dict[str, float]:
        return {
            column.name: value
            for column, value in values.items()
            if column.name and column.job == self.id and column.pub == pub
        }


def job_grids(plan: Plan) -> tuple[JobGrid, ...]:
    """The jobs of a variant, from the plan of its first point."""
    return tuple(
        JobGrid(
            id=job.id,
            job=job.job,
            pubs=tuple(
                PubParts(
                    circuit=pub.circuit.circuit,
                    parameter_values=pub.pub.parameter_values,
                    observables=getattr(pub.pub, "observables", None),
                )
                for pub in job.pubs
            ),
            seed=plan.seed,
        )
        for job in plan.jobs
    )
