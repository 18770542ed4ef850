"""YAML from strangers: bounded, values kept as written, positions of keys. `load`, `outline`.

Events are walked without recursion first, so deep nesting and alias bombs are refused before anything is built.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

_MAX_DEPTH = 40
_MAX_ALIASES = 50
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlRefused(ValueError):
    """The text isn't valid YAML, or is more than we build; the message is for the user."""


class _Loader(_BASE):
    """Safe, but numbers and dates that would not be written back the same stay text (story 1.10 isn't 1.1)."""


def _as_written(loader: Any, node: Any) -> Any:
    return loader.construct_scalar(node)


def _number(convert: Any) -> Any:
    def construct(loader: Any, node: Any) -> Any:
        raw = str(loader.construct_scalar(node))
        # Longer digit runs are refused by int() itself, and no document means them as numbers.
        value = convert(raw) if len(raw) < 20 and raw.lstrip("+-").replace(".", "", 1).isdecimal() else raw
        return value if str(value) == raw else raw

    return construct


_Loader.add_constructor("tag:yaml.org,2002:int", _number(int))
_Loader.add_constructor("tag:yaml.org,2002:float", _number(float))
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


@dataclass(frozen=True, slots=True)
class Key:
    """A key (or list index) of a YAML or JSON document: `depth` 0 at the top, the path to it, its line from 1."""

    depth: int
    path: tuple[str, ...]
    line: int


def load(text: str) -> Any:
    """The first document's value. Raises YamlRefused."""
    for _ in _events(text):
        # Walking them is the check.
        pass
    try:
        return next(iter(yaml.load_all(text, Loader=_Loader)), None)
    except yaml.YAMLError as error:
        raise YamlRefused(_sentence(error)) from error
    except (ValueError, TypeError, RecursionError, KeyError, AttributeError) as error:
        # PyYAML lets odd tagged scalars (!!int "x", !!binary) escape as these.
        raise YamlRefused("a value can't be read") from error


def outline(text: str, max_depth: int = 1) -> list[Key]:
    """Keys of mappings and indices of lists down to `max_depth`, in order. Raises YamlRefused."""
    return list(_keys(text, max_depth))


def _events(text: str) -> Iterator[Any]:
    depth = aliases = 0
    try:
        for event in yaml.parse(text, Loader=_BASE):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            aliases += isinstance(event, yaml.AliasEvent)
            if depth > _MAX_DEPTH or aliases > _MAX_ALIASES:
                raise YamlRefused("it is nested too deeply or repeats too many aliases")
            yield event
    except yaml.YAMLError as error:
        raise YamlRefused(_sentence(error)) from error


@dataclass(slots=True)
class _Level:
    is_mapping: bool
    key: str | None = None
    index: int = 0


def _keys(text: str, max_depth: int) -> Iterator[Key]:
    stack: list[_Level] = []
    for event in _events(text):
        if isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
            _value_done(stack)
        elif isinstance(event, yaml.NodeEvent):
            key = _key_of(event, stack)
            if key is not None and len(stack) - 1 <= max_depth:
                path = tuple(level.key or "" for level in stack[:-1])
                yield Key(len(stack) - 1, (*path, key), event.start_mark.line + 1)
            if isinstance(event, yaml.CollectionStartEvent):
                stack.append(_Level(isinstance(event, yaml.MappingStartEvent)))
            elif key is None or not stack[-1].is_mapping:
                _value_done(stack)


def _key_of(event: Any, stack: list[_Level]) -> str | None:
    """The key that this node names, where it is one: a mapping's key, or a list's next item."""
    if not stack or stack[-1].key is not None:
        return None
    level = stack[-1]
    level.key = str(getattr(event, "value", "?")) if level.is_mapping else f"[{level.index}]"
    return level.key


def _value_done(stack: list[_Level]) -> None:
    if stack:
        stack[-1].key = None
        stack[-1].index += 1


def _sentence(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "an unexpected character")
    return f"line {mark.line + 1}: {problem}" if mark else problem
