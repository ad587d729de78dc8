"""Documents made from a schema, and specs with random damage: the raw material of the proofs about bad specs."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

ODD = [
    None, True, False, 0, 1, -1, 2**53, 1.0, 0.5, -0.0, 1e300, 5e-324, "", " ", "x", "4k", "pi", "2*pi", "1/0", "((((", "00", "ZZ",
    "X" * 200, "a\nb", "\u202e", "\x00", "𝛉", "../../etc/passwd", "/proc/self/environ", "bell.qasm", "none.npy", "t.csv",
    [], [[]], [1, [2]], {}, {"": {}}, {"file": "x.npy"}, {"linspace": [0, 1, 1e9]}, {"arange": [0, 1, 0]},
    {"random": {"low": 0, "high": "pi", "shape": [2**40]}}, {"sparse": [["ZX", [0, 0], "1"]]}, {"kind": "aer"}, {"kind": []},
]  # fmt: skip


KEYS = ["a", "bell", "Z", "IX", "00", "11", "00 1", "θ", "-", "a b", "x\n"]


def odd(rng: Any) -> Any:
    """A value that hardly any place of a spec takes."""
    return copy.deepcopy(rng.choice(ODD))


def made(schema: Any, definitions: Any, rng: Any, wrong: float, depth: int = 0) -> Any:
    """A document for a schema. `wrong` is the probability that a part of it is not what the schema asks for."""
    if isinstance(schema, bool) or rng.random() < wrong or depth > 8:
        return odd(rng)
    if "$ref" in schema:
        return made(definitions[schema["$ref"].removeprefix("#/definitions/")], definitions, rng, wrong, depth)
    for key in ("const", "enum"):
        if key in schema:
            return schema[key] if key == "const" else rng.choice(schema[key] or [0])
    types = schema.get("type", ["object", "string", "integer"])
    kind = types if isinstance(types, str) else rng.choice(types)
    if kind == "object":
        return _mapping(schema, definitions, rng, wrong, depth)
    if kind == "array":
        size = rng.randint(schema.get("minItems", 0), min(schema.get("maxItems", 3), schema.get("minItems", 0) + 3))
        return [made(schema.get("items", True), definitions, rng, wrong, depth + 1) for _ in range(size)]
    return _scalar(kind, schema, rng)


def _mapping(schema: Any, definitions: Any, rng: Any, wrong: float, depth: int) -> dict[str, Any]:
    schema = _with_branches(schema, rng)
    required = [key for key in schema.get("required", ()) if rng.random() >= wrong]
    properties = schema.get("properties", {})
    keys = dict.fromkeys([*required, *(key for key in properties if rng.random() < 0.3)])
    found = {key: made(properties.get(key, True), definitions, rng, wrong, depth + 1) for key in keys}
    for pattern, part in _other_keys(schema):
        fitting = [key for key in KEYS if rng.random() < wrong or re.search(pattern, key)]
        for key in rng.sample(fitting, rng.randint(min(schema.get("minProperties", 0), 1), 2)):
            found[key] = made(part, definitions, rng, wrong, depth + 1)
    if rng.random() < wrong:
        found[rng.choice(["shotz", "", "kind", "<<", "job", "0"])] = odd(rng)
    return found


def _other_keys(schema: Any) -> Any:
    """(pattern, part) of the keys that a mapping takes beside those that it names."""
    yield from schema.get("patternProperties", {}).items()
    rest = schema.get("additionalProperties")
    if isinstance(rest, dict):
        yield schema.get("propertyNames", {}).get("pattern", ""), rest


def _with_branches(schema: Any, rng: Any) -> Any:
    """The schema with one of its branches chosen, as far as branches are chosen by a constant."""
    merged = dict(schema)
    branches = [part for part in schema.get("allOf", ()) if "if" in part]
    if not branches:
        return merged
    branch = rng.choice(branches)
    chosen = {key: value for key, value in branch["if"].get("properties", {}).items() if not isinstance(value, bool)}
    then = branch["then"] if isinstance(branch["then"], dict) else {}
    merged["properties"] = {**merged.get("properties", {}), **then.get("properties", {}), **chosen}
    merged["required"] = [*merged.get("required", ()), *then.get("required", ())]
    return merged


def _scalar(kind: str, schema: Any, rng: Any) -> Any:
    if kind == "string":
        pattern, most = schema.get("pattern", ""), schema.get("maxLength", 90)
        words = ["x", "bell", "a_b-1", "pi", "2*pi/3", "", "w" * rng.randint(0, 90), "{job}.csv", "c.qasm", "1.5"]
        return rng.choice([word for word in words if re.search(pattern, word) and len(word) <= most] or words)
    if kind in ("integer", "number"):
        bounds = [
            schema[key] for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if key in schema
        ]
        near = [bound + step for bound in bounds or [0] for step in (-1, 0, 1, 0.5, 10)]
        value = rng.choice(near)
        return int(value) if kind == "integer" and rng.random() < 0.9 else value
    return rng.random() < 0.5 if kind == "boolean" else None


def with_damage(data: Any, rng: Any) -> Any:
    """A copy of a document with one value replaced, removed, wrapped, repeated, or put elsewhere."""
    data = copy.deepcopy(data)
    places = list(_places(data))
    if not places:
        return odd(rng)
    holder, key = rng.choice(places)
    action = rng.randrange(6)
    if action == 0:
        del holder[key]
    elif action == 1:
        holder[key] = rng.choice([[holder[key]], {"x": holder[key]}, str(holder[key])])
    elif action == 2:
        other, name = rng.choice(places)
        holder[key] = copy.deepcopy(other.get(name) if isinstance(other, dict) else other[name : name + 1])
    elif action == 3 and isinstance(holder, dict):
        holder[rng.choice([f"{key}x", key[:-1], key.upper(), "", "kind"])] = holder.pop(key)
    elif action == 4 and isinstance(holder, list):
        holder[:] = holder * rng.randint(0, 3)
    else:
        holder[key] = odd(rng)
    return data


def _places(data: Any) -> Any:
    steps = list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    for step in steps:
        yield data, step
        yield from _places(data[step])


FRAGMENTS = [
    b": ", b"\n", b"- ", b"[", b"]", b"{", b"}", b"&a ", b"*a", b"!!int ", b"<<: *a\n", b"---\n", b"...", b"|\n", b">-\n  x\n", b"\t",
    b"'", b'"', b"#", b"%TAG ! x\n", b"\xff", b"\xef\xbb\xbf", b"\x00", b"\xe2\x80\xa8", b"\xf0\x9d\x9b\x89", b"null", b"1e999", b"010",
    b"extends: x\n", b"qspec: 2\n", b"? ", b"\r", b"@", b"`", b"  ",
]  # fmt: skip


def with_noise(content: bytes, rng: Any) -> bytes:
    """The bytes of a spec with a few random edits."""
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(len(content) + 1)
        end = min(len(content), start + rng.choice([0, 1, 1, 2, 8, 40]))
        middle = rng.choice([b"", rng.choice(FRAGMENTS), bytes([rng.randrange(256)]), content[start:end] * 2])
        content = content[:start] + middle + content[end:]
    return content


def as_text(data: Any) -> bytes:
    """The document as JSON, which is YAML."""
    return json.dumps(data, ensure_ascii=False, allow_nan=True).encode("utf-8", "replace")
