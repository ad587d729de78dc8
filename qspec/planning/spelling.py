"""How the parts of a circuit are spelled for its fingerprint: numbers, formulas, and classical expressions.

There are two forms. The second mends what the first got wrong, and is taken only where a circuit has something of that:
each such place asks `Scope.second()`. All other circuits have one fingerprint, in both forms.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from qspec.planning.formulas import bracketed, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qiskit.circuit import Parameter

    Places = Mapping[Any, int]

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_NUMBERED = re.compile(r"circuit-\d+(?:-\d+)?")
_LIKE_A_LOOP = re.compile(r"(free )*loop \d+")


@dataclass(slots=True)
class Form:
    """The form that a circuit is spelled in. `first`: only the first; `used`: the second was needed."""

    first: bool = False
    used: bool = False


class Scope(NamedTuple):
    """Where in a circuit something stands.

    `loops` are the parameters of the loops around it. `depth` counts the operations around it. `defining`: in the
    definition of one. `loose`: the circuit has bits outside of all registers; None where nobody has asked yet.
    """

    form: Form
    loops: Mapping[Any, str] = MappingProxyType({})
    depth: int = 0
    defining: bool = False
    loose: bool | None = None

    def second(self) -> bool:
        """Whether to spell as the second form does. To be asked only where the forms differ."""
        self.form.used = self.form.used or not self.form.first
        return not self.form.first

    def inside(self) -> Scope:
        """The scope in a block of an operation."""
        return Scope(self.form, self.loops, self.depth + 1, self.defining, self.loose)

    def definition(self) -> Scope:
        """The scope in the definition of an operation, which is a circuit of its own."""
        return Scope(self.form, self.loops, self.depth + 1, defining=True)

    def loop(self, parameter: Parameter) -> Scope:
        """The scope within a loop, whose parameter is called by its depth: Qiskit numbers such names in the process."""
        return self._replace(loops={**self.loops, parameter: f"loop {len(self.loops)}"})

    def called(self, parameter: Parameter) -> str:
        """The name of a parameter, which no loop has, unless it is that of one."""
        if self.loops and parameter in self.loops:
            return self.loops[parameter]
        name: str = parameter.name
        return f"free {name}" if "loop " in name and _LIKE_A_LOOP.fullmatch(name) and self.second() else name


def spelled_name(name: str, operation: Any, scope: Scope) -> str:
    """The name of an operation; one that Qiskit made up for it, with a number of the process, leaves the number out."""
    if "circuit-" not in name or not _NUMBERED.search(name) or getattr(operation, "definition", None) is None:
        return name
    return _NUMBERED.sub("circuit", name) if scope.second() else name


def spelled_numbers(numbers: Iterable[Any]) -> str:
    """Whole numbers, and words among them, in one spelling whatever package they come from."""
    import numpy as np

    if isinstance(numbers, range):
        return repr(numbers)
    return repr(tuple(int(number) if isinstance(number, np.integer) else number for number in numbers))


def spelled_modifier(modifier: Any) -> str:
    """A modifier of an annotated operation; QPY makes floats of all powers."""
    from qiskit.circuit import ControlModifier, PowerModifier

    if isinstance(modifier, PowerModifier):
        return f"PowerModifier(power={float(modifier.power)!r})"
    if isinstance(modifier, ControlModifier):
        number, state = int(modifier.num_ctrl_qubits), int(modifier.ctrl_state)
        return f"ControlModifier(num_ctrl_qubits={number}, ctrl_state={state})"
    return repr(modifier)


def spelled_note(note: Any, scope: Scope) -> str:
    """An annotation of a box; by its attributes where its class does not say how it is to be written."""
    said = repr(note)
    if not _ADDRESS.search(said) or not scope.second():
        return f"{note.namespace} {_ADDRESS.sub('', said)}"
    slots = [name for kind in type(note).__mro__ for name in getattr(kind, "__slots__", ())]
    names = sorted({*slots, *getattr(note, "__dict__", {})})
    return f"{note.namespace} {type(note).__qualname__} {[(name, spelled(getattr(note, name, None), {}, scope)) for name in names]}"


def spelled(value: Any, clbits: Places, scope: Scope) -> str:
    """A parameter of an instruction. Whole numbers and floats that are equal are written alike."""
    if type(value) is float:
        return repr(value)
    if type(value) is int and abs(value) < 2**53:
        return repr(float(value))
    if isinstance(value, (bool, str, type(None))):
        return repr(value)

    from qiskit.circuit import Parameter, ParameterExpression

    if isinstance(value, Parameter):
        return repr(scope.called(value))
    if isinstance(value, ParameterExpression):
        return _formula(value, scope)

    import numpy as np

    if isinstance(value, np.ndarray):
        array = value.astype(value.dtype.newbyteorder("<"), copy=False)
        return f"{array.dtype.str} {array.shape} {hashlib.sha256(array.tobytes()).hexdigest()}"
    if isinstance(value, (int, float, np.integer, np.floating)):
        number = float(value)
        return repr(number) if abs(number) < 2**53 else str(value)
    if isinstance(value, (complex, np.complexfloating)):
        return repr(complex(value))
    if isinstance(value, (list, tuple)):
        return f"({', '.join(spelled(item, clbits, scope) for item in value)})"
    return classical(value, clbits)


def _formula(value: Any, scope: Scope) -> str:
    from qiskit.circuit import Parameter

    names = {parameter: scope.called(parameter) for parameter in value.parameters}
    free = sorted(names, key=names.__getitem__)
    lettered = value.subs({old: Parameter(f"p{index}") for index, old in enumerate(free)})
    text = str(lettered)
    if text == "p0" and len(free) == 1 and not scope.form.first:  # 2*a*0.5, of which QPY makes the parameter itself
        return repr(names[free[0]])
    if "/-" in text and scope.second():  # Qiskit leaves brackets out there: a/-b*c is a/(-b*c), or (a/-b)*c
        text = bracketed(lettered)
    return f"{in_order(text)} of {[names[parameter] for parameter in free]}"


def classical(value: Any, clbits: Places) -> str:
    """A classical bit, register or expression; variables by their names."""
    from qiskit.circuit import ClassicalRegister, Clbit
    from qiskit.circuit.classical import expr

    if isinstance(value, Clbit):
        return f"bit {clbits[value]}"
    if isinstance(value, ClassicalRegister):
        return f"register {value.name}"
    if isinstance(value, expr.Var) and not value.standalone:
        return f"{classical(value.var, clbits)} {value.type!r}"
    if isinstance(value, (expr.Var, expr.Stretch)):
        return f"variable {value.name} {value.type!r}"
    if isinstance(value, expr.Expr):
        names = ("op", "value", "operand", "left", "right", "target", "index")
        parts = [classical(getattr(value, name), clbits) for name in names if hasattr(value, name)]
        return f"({type(value).__name__} {' '.join(parts)} {value.type!r})"
    return _ADDRESS.sub("", repr(value))
