"""Changes of the meaning of a recipe, one at a time."""

from __future__ import annotations

import copy
import itertools
import math

import numpy as np
from circuit_recipes import FORMULAS, GATES, add
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator


def everywhere(made):
    """Every list of steps of a recipe, those in blocks and definitions too."""
    todo = [made["steps"]]
    while todo:
        listed = todo.pop()
        yield listed
        for step in listed:
            todo += [step[key] for key in ("body", "other", "inner") if step.get(key)]
            todo += [body for _, body in step.get("cases", ())]


def mutated(made, rng, kinds):
    """A recipe with one change of meaning, of the first of these kinds that it has a place for, and the kind."""
    for kind in kinds:
        changed = copy.deepcopy(made)
        if done(changed, rng, *MUTATIONS[kind]):
            return kind, changed
    raise ValueError("none of these can be changed")


def done(made, rng, needed, change):
    """Whether a change was made, in a place that is fit for it."""
    if needed is None:
        return change(made, rng) is not False
    if needed is list:
        return change(rng.choice(list(everywhere(made))), rng)
    fitting = [step for listed in everywhere(made) for step in listed if needed(step)]
    return bool(fitting) and change(rng.choice(fitting), rng) is not False


def of(*ops):
    return lambda step: step["op"] in ops


def has(key):
    return lambda step: bool(step.get(key))


def shift(key):
    """Add 1e-9 to a number."""

    def change(step, rng):
        step[key] += 1e-9

    return change


def ulp(key):
    """Take the next number instead."""

    def change(step, rng):
        step[key] = math.nextafter(step[key], 9)

    return change


def count(key, by=1):
    def change(step, rng):
        step[key] += by

    return change


def angle(step, rng):
    step["angles"][0] += 1e-9


def angle_ulp(step, rng):
    step["angles"][0] = math.nextafter(step["angles"][0], 9)


def other_gate(step, rng):
    family = next(names for names in GATES.values() if step["name"] in names)
    step["name"] = rng.choice([name for name in family if name != step["name"]])


def exchanged(step, rng):
    """A gate of two qubits that is not symmetric, the other way round."""
    step["qubits"].reverse()


def other_qubit(step, rng):
    free = sorted(set(range(5)) - set(step["qubits"]))
    step["qubits"][rng.randrange(len(step["qubits"]))] = rng.choice(free)


def other_clbit(step, rng):
    step["clbit"] = rng.choice([bit for bit in range(5) if bit != step["clbit"]])


def left_out(listed, rng):
    if len(listed) < 2:
        return False
    del listed[rng.randrange(len(listed))]
    return True


def doubled(listed, rng):
    places = [place for place, step in enumerate(listed) if step["op"] in ("gate", "custom", "unitary", "evolution")]
    if not places:
        return False
    place = rng.choice(places)
    listed.insert(place, copy.deepcopy(listed[place]))
    return True


def reordered(listed, rng):
    """Two neighbours that do not commute, by their matrices."""
    pairs = list(itertools.pairwise(listed))
    places = [place for place, pair in enumerate(pairs) if all(step["op"] == "gate" for step in pair)]
    places = [place for place in places if not commute(*pairs[place])]
    if not places:
        return False
    place = rng.choice(places)
    listed[place : place + 2] = listed[place + 1], listed[place]
    return True


def commute(one, other):
    both = [QuantumCircuit(5), QuantumCircuit(5)]
    add(both[0], [one, other], {})
    add(both[1], [other, one], {})
    return np.allclose(Operator(both[0]).data, Operator(both[1]).data)


def other_formula(step, rng):
    step["template"] = rng.choice([number for number in range(len(FORMULAS)) if number != step["template"]])


def other_bit(step, rng):
    step["place"] = (step["place"] + 1) % (5 if step["over"] == "bit" else 2)


def other_value(step, rng):
    step["value"] = 1 - step["value"] if step.get("over") == "bit" else (step["value"] + 1) % 4


def other_case(step, rng):
    used = {value for value, _ in step["cases"]}
    step["cases"][0][0] = next(value for value in range(4) if value not in used)


def element(step, rng):
    """One row of a unitary matrix, with another phase."""
    row = rng.randrange(len(step["matrix"]))
    step["matrix"][row] = [value * complex(math.cos(1e-6), math.sin(1e-6)) for value in step["matrix"][row]]


def coefficient(step, rng):
    rng.choice(step["terms"])[1] += 1e-9


def term(step, rng):
    step["terms"][0][0] = next(word for word in ("XY", "YX") if word not in step["terms"])


def other_index(step, rng):
    step["indices"][-1] += 1


def other_label(step, rng):
    step["label"] += "!"


def registers_turned(made, rng):
    made["cregs"].reverse()


def register_renamed(made, rng):
    made["cregs"][rng.randrange(2)][0] += "x"


def phase(made, rng):
    made["phase"] += 1e-9


def start(made, rng):
    made["variable"][1] += 1


def width(made, rng):
    made["variable"][2] = 16


def turned(key):
    def change(step, rng):
        step[key] = not step[key] if isinstance(step[key], bool) else 1 - step[key]

    return change


MUTATIONS = {
    "angle + 1e-9": (has("angles"), angle),
    "angle, one ulp": (has("angles"), angle_ulp),
    "another gate": (of("gate"), other_gate),
    "qubits exchanged": (lambda step: step["op"] in ("gate", "custom") and len(step["qubits"]) == 2, exchanged),
    "another qubit": (lambda step: step["op"] in ("measure", "reset", "delay", "opaque", "unitary"), other_qubit),
    "another classical bit": (of("measure"), other_clbit),
    "a step left out": (list, left_out),
    "a gate doubled": (list, doubled),
    "order of two gates": (list, reordered),
    "a formula": (of("formula"), other_formula),
    "a formula's number, one ulp": (of("formula"), ulp("number")),
    "a condition's bit or register": (lambda step: "over" in step and step["over"] != "variable", other_bit),
    "a condition's value": (has("over"), other_value),
    "a case": (of("switch"), other_case),
    "an index of a loop": (of("for"), other_index),
    "a loop's slope, one ulp": (of("for"), ulp("slope")),
    "a unitary's row": (of("unitary"), element),
    "a coefficient + 1e-9": (of("evolution"), coefficient),
    "a Pauli string": (of("evolution"), term),
    "a time + 1e-9": (of("evolution"), shift("time")),
    "a control state": (of("controlled"), lambda step, rng: step.update(state=(step["state"] + 1) % 4)),
    "a modifier's control state": (of("annotated"), turned("state")),
    "a power, one ulp": (of("annotated"), ulp("power")),
    "an inverse": (of("annotated"), turned("inverse")),
    "a label": (of("opaque"), other_label),
    "a delay": (of("delay"), count("duration")),
    "a delay's unit": (of("delay"), lambda step, rng: step.update(unit="us")),
    "a box's duration": (of("box"), count("duration")),
    "a value that is stored": (of("store"), count("value")),
    "order of the registers": (None, registers_turned),
    "a register's name": (None, register_renamed),
    "global phase + 1e-9": (None, phase),
    "a variable's value": (None, start),
    "a variable's width": (None, width),
}
