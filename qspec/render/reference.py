"""The reference of keys and kinds as Markdown, from the composed JSON Schema: one table for each mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Schema = dict[str, Any]

_TYPES = {
    "object": "mapping",
    "array": "list",
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
}
_SHELF_KEYS = {"backend": "backends", "circuits": "circuits", "jobs": "programs", "sinks": "sinks", "expect": "checks"}


def render_reference(schema: Schema) -> str:
    """The whole page. `schema` is what `qspec.reading.schema.compose` gives."""
    parts = [_table("Top-level keys", schema, schema["definitions"])]
    for key, name in _SHELF_KEYS.items():
        shelf = next(shelf for shelf in kinds.SHELVES if shelf.name == name)
        parts += _shelf(key, shelf, _item(schema["properties"][key]), schema["definitions"])
    for key in ("sweep", "transpile", "execution", "limits"):
        parts.append(_table(f"`{key}`", schema["properties"][key], schema["definitions"]))
    for name in ("value", "observables"):
        parts.append(_table(schema["definitions"][name]["title"].capitalize(), schema["definitions"][name], {}))
    return "\n".join(parts)


def _item(schema: Schema) -> Schema:
    found: Schema = schema.get("items") or schema
    extra = schema.get("additionalProperties")
    return extra if isinstance(extra, dict) else found


def _shelf(key: str, shelf: kinds.Shelf, schema: Schema, definitions: Mapping[str, Any]) -> Iterator[str]:
    yield f"## `{key}`\n\n{schema['description']} The key `{shelf.tag}` chooses.\n"
    for branch in schema["allOf"]:
        word = branch["if"]["properties"][shelf.tag]["const"]
        example = shelf.find(word).EXAMPLE.strip()
        table = _table(f"`{shelf.tag}: {word}`", branch["then"], definitions, level=3)
        yield f"{table}\n```yaml\n{example}\n```\n"
        for name in ("boxing", "options"):
            part = branch["then"]["properties"].get(name)
            if isinstance(part, dict) and part.get("properties"):
                yield from _nested(f"`{name}` of {word}", part, definitions)


def _nested(title: str, schema: Schema, definitions: Mapping[str, Any]) -> Iterator[str]:
    yield _table(title, schema, definitions, level=4)
    for key, part in schema["properties"].items():
        if isinstance(part, dict) and part.get("properties"):
            yield from _nested(f"{title} › `{key}`", part, definitions)


def _table(title: str, schema: Schema, definitions: Mapping[str, Any], *, level: int = 2) -> str:
    required = (*schema.get("required", ()), *schema.get("then", {}).get("required", ()))
    rows = [
        f"| `{key}`{' (required)' if key in required else ''} | {_type(part, definitions)} | {_description(part, definitions)} |"
        for key, part in schema.get("properties", {}).items()
        if isinstance(part, dict)
    ]
    head = f"{'#' * level} {title}\n\n{schema.get('description', '')}\n"
    return "\n".join([head, "| key | value | meaning |", "|---|---|---|", *rows, ""]) if rows else head


def _follow(schema: Schema, definitions: Mapping[str, Any]) -> Schema:
    target: Schema = definitions.get(schema.get("$ref", "").rpartition("/")[2], schema)
    return target


def _type(schema: Schema, definitions: Mapping[str, Any]) -> str:
    schema = _follow(schema, definitions)
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema.get("enum", [schema.get("const")]))
    types = schema.get("type", "object")
    return " or ".join(_TYPES[name] for name in ([types] if isinstance(types, str) else types))


def _description(schema: Schema, definitions: Mapping[str, Any]) -> str:
    schema = _follow(schema, definitions)
    text = " ".join(str(schema.get("description", "")).split()).replace("|", "\\|")
    default = f" Default: `{schema['default']}`." if schema.get("default") not in (None, {}, []) else ""
    return text + default
