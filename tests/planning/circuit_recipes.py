"""Random circuits as data: what a circuit is made from, so that one thing in it can be changed.

A recipe has registers, variables, a global phase and steps; a step with blocks holds steps in them. Bits are numbered
through the whole circuit.
"""

from __future__ import annotations

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import (
    AnnotatedOperation,
    ControlModifier,
    Gate,
    InverseModifier,
    Parameter,
    ParameterVector,
    PowerModifier,
)
from qiskit.circuit.classical import expr, types
from qiskit.circuit.library import PauliEvolutionGate, get_standard_gate_name_mapping
from qiskit.quantum_info import SparsePauliOp

GATES = {
    (1, 0): ["x", "y", "z", "h", "s", "sdg", "t", "sx"],
    (1, 1): ["rx", "ry", "rz", "p"],
    (2, 0): ["cx", "cy", "ch", "csx"],
    (2, 1): ["crx", "cry", "crz", "rzx"],
}
"""By the numbers of qubits and angles. Those of two qubits are not symmetric, so that an exchange is a change."""
FORMULAS = ["{0!r}*a + b", "a*b/{0!r}", "a - {0!r}*v[1]", "a/(-b*{0!r})", "sin(v[0])*{0!r}", "v[2] + {0!r}", "a*{0!r}"]
STANDARD = get_standard_gate_name_mapping()


def recipe(rng, *, plain=False):
    """A random recipe; `plain`: only what OpenQASM 3 can say."""
    made = {
        "qregs": [["q", 2], ["r", 3]],
        "cregs": [["c", 2], ["d", 3]],
        "phase": rng.uniform(0, 1),
        "variable": None if plain else ["n", rng.randrange(8), 8],
        "steps": [],
    }
    made["steps"] = steps(rng, rng.randrange(8, 16), plain=plain, depth=2)
    return made


def steps(rng, number, *, plain, depth):
    simple = [gate, gate, gate, formula, measure, reset, delay, custom]
    rich = [unitary, evolution, controlled, annotated, opaque, box, store, choice]
    blocks = [condition, loop, repeat] if depth else []
    kinds = simple + blocks + ([] if plain else [kind for kind in rich if depth or kind not in (box, choice)])
    return [rng.choice(kinds)(rng, plain=plain, depth=depth - 1) for _ in range(number)]


def qubits(rng, number):
    return rng.sample(range(5), number)


def gate(rng, **_):
    width, angles = rng.choice(list(GATES))
    name = rng.choice(GATES[width, angles])
    return {"op": "gate", "name": name, "angles": [rng.uniform(-3, 3)] * angles, "qubits": qubits(rng, width)}


def formula(rng, *, plain, **_):
    template = rng.randrange(2 if plain else len(FORMULAS))
    return {"op": "formula", "template": template, "number": rng.uniform(1, 2), "qubits": qubits(rng, 1)}


def measure(rng, **_):
    return {"op": "measure", "qubits": qubits(rng, 1), "clbit": rng.randrange(5)}


def reset(rng, **_):
    return {"op": "reset", "qubits": qubits(rng, 1)}


def delay(rng, **_):
    return {"op": "delay", "duration": rng.randrange(1, 1000), "unit": "dt", "qubits": qubits(rng, 1)}


def custom(rng, **_):
    inner = [{**gate(rng), "qubits": [0]} for _ in range(2)]
    inner = [step if step["name"] in GATES[1, 0] + GATES[1, 1] else rotation(rng) for step in inner]
    return {"op": "custom", "name": f"mine{rng.randrange(10**9)}", "inner": inner, "qubits": qubits(rng, 2)}


def rotation(rng):
    return {"op": "gate", "name": "rx", "angles": [rng.uniform(-3, 3)], "qubits": [0]}


def unitary(rng, **_):
    width = rng.randrange(1, 4)
    phases = [rng.choice([1, 1j, -1, 0.6 + 0.8j]) for _ in range(2**width)]  # exact on every machine
    matrix = np.diag(phases)[rng.sample(range(2**width), 2**width)]
    return {"op": "unitary", "matrix": matrix.tolist(), "qubits": qubits(rng, width)}


def evolution(rng, **_):
    terms = [[word, rng.uniform(-1, 1)] for word in rng.sample(["XX", "ZI", "YZ", "IX", "ZZ"], 3)]
    return {"op": "evolution", "terms": terms, "time": rng.uniform(0.1, 1), "qubits": qubits(rng, 2)}


def controlled(rng, **_):
    name = rng.choice(["x", "h", "sx", "rx"])
    angles = [rng.uniform(-3, 3)] if name == "rx" else []
    return {"op": "controlled", "name": name, "angles": angles, "state": rng.randrange(4), "qubits": qubits(rng, 3)}


def annotated(rng, **_):
    state = rng.randrange(2)
    return {"op": "annotated", "power": rng.uniform(0, 2), "state": state, "inverse": False, "qubits": qubits(rng, 2)}


def opaque(rng, **_):
    return {"op": "opaque", "name": "pulse", "label": rng.choice(["one", "two"]), "qubits": qubits(rng, 1)}


def box(rng, *, plain, depth):
    return {"op": "box", "duration": rng.randrange(100, 999), "body": steps(rng, 2, plain=plain, depth=depth)}


def store(rng, **_):
    return {"op": "store", "value": rng.randrange(8)}


def condition(rng, *, plain, depth):
    """An `if` or a `while` on a bit, on a register, or on a classical expression."""
    over = rng.choice(["bit", "register"] if plain else ["bit", "register", "less", "variable"])
    place, value = (rng.randrange(5), rng.randrange(2)) if over == "bit" else (rng.randrange(2), rng.randrange(4))
    body = steps(rng, 2, plain=plain, depth=depth)
    other = steps(rng, 1, plain=plain, depth=depth) if rng.random() < 0.5 else []
    return {"op": "if", "over": over, "place": place, "value": value, "body": body, "other": other}


def loop(rng, *, plain, depth):
    indices = sorted(rng.sample(range(9), 3))
    return {
        "op": "for",
        "indices": indices,
        "slope": rng.uniform(0, 1),
        "body": steps(rng, 2, plain=plain, depth=depth),
        "qubits": qubits(rng, 1),
    }


def repeat(rng, *, plain, depth):
    return {**condition(rng, plain=plain, depth=depth), "op": "while", "other": []}


def choice(rng, *, plain, depth):
    cases = [[value, steps(rng, 1, plain=plain, depth=depth)] for value in rng.sample(range(4), 2)]
    return {"op": "switch", "place": rng.randrange(2), "cases": cases}


def built(made):
    """The circuit of a recipe: with parameters and variables that are made anew."""
    registers = [QuantumRegister(size, name) for name, size in made["qregs"]]
    circuit = QuantumCircuit(*registers, *(ClassicalRegister(size, name) for name, size in made["cregs"]))
    circuit.global_phase = made["phase"]
    names = {"a": Parameter("a"), "b": Parameter("b"), "v": ParameterVector("v", 3), "sin": lambda angle: angle.sin()}
    if made["variable"]:
        name, value, width = made["variable"]
        names["n"] = circuit.add_var(name, expr.lift(value, types.Uint(width)))
    add(circuit, made["steps"], names)
    return circuit


def add(circuit, listed, names):
    for step in listed:
        MAKERS.get(step["op"], block)(circuit, step, names)


def add_gate(circuit, step, _):
    getattr(circuit, step["name"])(*step["angles"], *step["qubits"])


def add_formula(circuit, step, names):
    text = FORMULAS[step["template"]].format(step["number"])
    circuit.rx(eval(text, {}, names), step["qubits"][0])


def add_custom(circuit, step, names):
    inner = QuantumCircuit(2, name=step["name"])
    add(inner, step["inner"], names)
    inner.cx(0, 1)
    circuit.append(inner.to_gate(), step["qubits"])


def add_evolution(circuit, step, _):
    operator = SparsePauliOp([word for word, _ in step["terms"]], [number for _, number in step["terms"]])
    circuit.append(PauliEvolutionGate(operator, time=step["time"]), step["qubits"])


def add_controlled(circuit, step, _):
    base = STANDARD[step["name"]].base_class(*step["angles"])
    circuit.append(base.control(2, ctrl_state=step["state"], annotated=False), step["qubits"])


def add_annotated(circuit, step, _):
    modifiers = [PowerModifier(step["power"]), ControlModifier(1, step["state"])]
    modifiers += [InverseModifier()] if step["inverse"] else []
    circuit.append(AnnotatedOperation(STANDARD["s"], modifiers), step["qubits"])


MAKERS = {
    "gate": add_gate,
    "formula": add_formula,
    "custom": add_custom,
    "evolution": add_evolution,
    "controlled": add_controlled,
    "annotated": add_annotated,
    "measure": lambda circuit, step, _: circuit.measure(step["qubits"][0], step["clbit"]),
    "reset": lambda circuit, step, _: circuit.reset(step["qubits"]),
    "delay": lambda circuit, step, _: circuit.delay(step["duration"], step["qubits"], unit=step["unit"]),
    "unitary": lambda circuit, step, _: circuit.unitary(np.array(step["matrix"]), step["qubits"]),
    "opaque": lambda circuit, step, _: circuit.append(Gate(step["name"], 1, [], label=step["label"]), step["qubits"]),
    "store": lambda circuit, step, names: circuit.store(names["n"], step["value"]),
}


def tested(circuit, step, names):
    """The condition of an `if` or a `while`."""
    if step["over"] == "bit":
        return circuit.clbits[step["place"]], step["value"]
    if step["over"] == "variable":
        return expr.less(names["n"], step["value"])
    register = circuit.cregs[step["place"]]
    return expr.less(register, step["value"]) if step["over"] == "less" else (register, step["value"])


def block(circuit, step, names):
    if step["op"] == "box":
        with circuit.box(duration=step["duration"], unit="ns"):
            add(circuit, step["body"], names)
    elif step["op"] == "while":
        with circuit.while_loop(tested(circuit, step, names)):
            add(circuit, step["body"], names)
    elif step["op"] == "for":
        with circuit.for_loop(step["indices"]) as index:
            circuit.rx(index * step["slope"], step["qubits"][0])
            add(circuit, step["body"], names)
    elif step["op"] == "switch":
        with circuit.switch(circuit.cregs[step["place"]]) as case:
            for value, body in step["cases"]:
                with case(value):
                    add(circuit, body, names)
    else:
        with circuit.if_test(tested(circuit, step, names)) as otherwise:
            add(circuit, step["body"], names)
        if step["other"]:
            with otherwise:
                add(circuit, step["other"], names)
