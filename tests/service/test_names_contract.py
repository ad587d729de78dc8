"""P16: names of other packages that nobody promised to keep, or that might move. Each failure says what to mend."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import qspec

TOP = Path(qspec.__file__).parent
SOURCES = sorted(TOP.rglob("*.py"))
OTHERS = ("qiskit", "qiskit_aer", "qiskit_ibm_runtime", "qiskit_qasm3_import", "samplomatic", "requests", "urllib3")
PRIVATE = {
    "_active_api_client": "test_primitives_contract.py",
    "_api_clients": "test_primitives_contract.py",
    "_data_slices": "here",
    "_generators": "here",
    "_layout": "here",
    "_pub_shots": "here",
    "_qpy_replay": "here",
    "_rates": "here",
    "_rates_std": "here",
    "_session": "test_primitives_contract.py",
}
"""The private names in use, and where they are held."""
TIMES = datetime(2026, 11, 22, 10, tzinfo=UTC), datetime(2026, 11, 22, 11, tzinfo=UTC)


def imported(path):
    """The names that a file has from other packages: `(line, module, name)`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in OTHERS:
            yield from ((node.lineno, node.module, alias.name) for alias in node.names)


def test_every_private_name_has_a_contract():
    lines = [
        line.partition("#")[0] for path in SOURCES for line in path.read_text("utf-8").splitlines() if "SLF001" in line
    ]
    used = {name for line in lines for name in re.findall(r"\.(_\w+)", line)}
    asked = {
        name for path in SOURCES for name in re.findall(r'getattr\([^()]*, "(_[a-z]\w*)"', path.read_text("utf-8"))
    }
    assert used | asked == set(PRIVATE), "hold it by a test here, and name it in PRIVATE"


@pytest.mark.parametrize("package", OTHERS)
def test_every_name_that_is_imported_is_there(package):
    wanted = {
        (module, name): f"{path.relative_to(TOP.parent)}:{line}"
        for path in SOURCES
        for line, module, name in imported(path)
        if module.partition(".")[0] == package
    }
    lost = [f"{place}: {module}.{name}" for (module, name), place in wanted.items() if not found(module, name)]
    assert not lost


def found(module, name):
    try:
        return hasattr(importlib.import_module(module), name) or bool(importlib.import_module(f"{module}.{name}"))
    except ModuleNotFoundError:
        return False


def test_learned_noise_has_its_generators_rates_and_errors_in_one_order():
    from qiskit.quantum_info import QubitSparsePauliList
    from qiskit_ibm_runtime.results import NoiseLearnerV3Result, NoiseLearnerV3Results

    change = "mend `_learned` in qspec/simulation/decoded.py"
    terms = [[("X", [0])], [("ZX", [1, 2]), ("Y", [0])], [("Z", [2])]]
    generators = [QubitSparsePauliList.from_sparse_list(term, num_qubits=3) for term in terms]
    result = NoiseLearnerV3Result.from_generators(generators, [0.1, 0.2, 0.3], [0.01, 0.02, 0.03], {"a": 1})
    said = [[(letters, list(numbers)) for letters, numbers in each.to_sparse_list()] for each in result._generators]
    assert said == terms, change
    assert np.array_equal(result._rates, [0.1, 0.2, 0.3]), change
    assert np.array_equal(result._rates_std, [0.01, 0.02, 0.03]), change
    assert len(result) == 3, change
    assert NoiseLearnerV3Results([result]).data == [result], change


def test_the_noise_learner_says_by_its_check_what_it_does_not_take():
    from qiskit import QuantumCircuit
    from qiskit.circuit import QuantumRegister
    from qiskit_ibm_runtime.exceptions import IBMInputValueError
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2
    from qiskit_ibm_runtime.noise_learner_v3.validation import validate_instruction
    from samplomatic.transpiler import generate_boxing_pass_manager

    change = "mend `refused_layers` in qspec/service/refusals.py"
    target = FakeManilaV2().target
    circuit = QuantumCircuit(QuantumRegister(5, "q"))
    circuit.cx(0, 1)
    circuit.cx(0, 4)
    boxes = [box for box in generate_boxing_pass_manager(enable_gates=True).run(circuit) if box.name == "box"]
    coupled, apart = (box for box in boxes if "cx" in box.operation.body.count_ops())
    assert list(inspect.signature(validate_instruction).parameters) == ["instruction", "target"], change
    assert validate_instruction(coupled, target) is None, change
    with pytest.raises(IBMInputValueError) as caught:
        validate_instruction(apart, target)
    assert isinstance(caught.value.message, str), change
    assert "cx" in caught.value.message, change


def spans():
    from qiskit_ibm_runtime.execution_span import DoubleSliceSpan, SliceSpan, TwirledSliceSpan, TwirledSliceSpanV2

    return [
        (SliceSpan, {0: ((10, 5), slice(2, 4))}),
        (DoubleSliceSpan, {0: ((10, 5), slice(2, 4), slice(0, 3))}),
        (TwirledSliceSpan, {1: ((3, 10, 5), True, slice(2, 4), slice(0, 3))}),
        (TwirledSliceSpanV2, {1: ((3, 10, 5), True, slice(2, 4), slice(0, 3), 12)}),
    ]


def test_a_span_of_executions_is_rebuilt_from_what_it_was_made_of():
    from qspec.records import coding

    change = "mend `_span` in qspec/records/coding.py"
    assert {kind.__name__ for kind, _ in spans()} == set(coding._SPAN_NAMES), change
    for kind, slices in spans():
        made = kind(*TIMES, slices)
        shots = getattr(made, "_pub_shots", {})
        parts = {pub: (*each, *((shots[pub],) if pub in shots else ())) for pub, each in made._data_slices.items()}
        assert parts == slices, f"{change}: {kind.__name__}"
        assert kind(*TIMES, parts) == made, f"{change}: {kind.__name__}"


def test_a_layout_is_taken_off_and_put_on_by_its_private_name():
    from qiskit import QuantumCircuit
    from qiskit.transpiler import generate_preset_pass_manager
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    manager = generate_preset_pass_manager(1, target=FakeManilaV2().target, initial_layout=[3, 4], seed_transpiler=1)
    placed = manager.run(circuit)
    kept, bare = placed.layout, placed.copy()
    assert kept.final_index_layout() == [3, 4]
    bare._layout = None
    assert bare.layout is None, "mend `_without_layout` in qspec/planning/transpile.py"
    bare._layout = kept
    assert bare.layout is kept, "mend `with_written_names` in qspec/registers.py"


def test_a_formula_has_the_steps_that_it_was_made_by_where_its_text_leaves_brackets_out():
    from qiskit.circuit import Parameter

    a, b, c = (Parameter(name) for name in "abc")
    left, right = a / (-b * c), a / -b * c
    assert str(left) == str(right)
    steps = [
        [(str(step.op).rpartition(".")[2], str(step.lhs), str(step.rhs)) for step in formula._qpy_replay]
        for formula in (left, right)
    ]
    assert steps == [
        [("MUL", "b", "c"), ("MUL", "None", "-1"), ("RDIV", "None", "a")],
        [("MUL", "b", "-1"), ("RDIV", "None", "a"), ("MUL", "None", "c")],
    ]
