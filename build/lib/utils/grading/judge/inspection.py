"""What `inspect`, `dataclasses` and `vars` show of a student's objects, made of untrusted plain data."""

import dataclasses
import inspect
import itertools
import linecache
import types
from typing import Any, Final

MAX_SOURCE: Final = 200_000
_MAX_NAMES: Final = 255
_KINDS: Final = tuple(inspect._ParameterKind)
_numbers = itertools.count(1)


def _template() -> None:
    """The body of every code object made here; nothing runs it."""


def code_object(description: Any) -> types.CodeType:
    """A code object with a student's names, flags and source, whose bytecode does nothing.

    Args:
        description: untrusted; "name", "flags", "counts" (of arguments, positional-only and keyword-only ones),
            "names", "varnames", "freevars", "constants" and "source".

    Raises:
        ValueError: the description is no function's.

    Example:
        >>> code = code_object({"flags": 3, "counts": [1, 0, 0], "varnames": ["x"], "source": "def f(x): 1"})
        >>> code.co_varnames, inspect.getsource(code)
        (('x',), 'def f(x): 1')
    """
    if type(description) is not dict:
        raise ValueError("the object has no code")
    counts = description.get("counts", [0, 0, 0])
    variables, names = _texts(description.get("varnames")), _texts(description.get("names"))
    flags = description.get("flags", 0)
    if type(counts) is not list or len(counts) != 3 or not all(type(n) is int and 0 <= n <= 255 for n in counts):
        raise ValueError("the object has no code")
    starred = sum(bool(flags & flag) for flag in (inspect.CO_VARARGS, inspect.CO_VARKEYWORDS))
    if type(flags) is not int or counts[1] > counts[0] or counts[0] + counts[2] + starred > len(variables):
        raise ValueError("the object has no code")
    source = description.get("source")
    filename = f"<student {next(_numbers)}>"
    if type(source) is str and source:
        linecache.cache[filename] = (len(source), None, source[:MAX_SOURCE].splitlines(keepends=True), filename)
    constants = description.get("constants")
    return _template.__code__.replace(
        co_name=_texts([description.get("name", "f")])[0],
        co_filename=filename,
        co_firstlineno=1,
        co_flags=flags & 0xFFFF,
        co_argcount=counts[0],
        co_posonlyargcount=counts[1],
        co_kwonlyargcount=counts[2],
        co_varnames=variables,
        co_nlocals=len(variables),
        co_names=names,
        co_consts=(None, *(constants if type(constants) is list else [])),
    )


def signature(description: Any) -> inspect.Signature:
    """A signature from the untrusted list of its parameters (name, kind, whether there is a default, default, whether
    there is an annotation, annotation) and, last, whether the result is annotated, and how.

    Raises:
        ValueError: the description is no signature.
    """
    if type(description) is not list or not description or any(type(part) is not list for part in description):
        raise ValueError("no signature found")
    *parameters, (annotated, result) = description
    return inspect.Signature(
        [
            inspect.Parameter(
                _texts([name])[0],
                _KINDS[kind],
                default=default if has_default is True else inspect.Parameter.empty,
                annotation=annotation if is_annotated is True else inspect.Parameter.empty,
            )
            for name, kind, has_default, default, is_annotated, annotation in parameters[:_MAX_NAMES]
        ],
        return_annotation=result if annotated is True else inspect.Signature.empty,
    )


def dataclass_fields(description: Any) -> dict[str, Any]:
    """The fields of a dataclass from an untrusted list of (name, type, whether there is a default, default)."""
    fields = {}
    for name, kind, has_default, default, options in description[:_MAX_NAMES]:
        if type(options) is not list or not all(type(option) in (bool, type(None)) for option in options):
            raise AttributeError("no dataclass")
        chosen = dict(zip(("init", "repr", "compare", "kw_only"), options, strict=True))
        field: Any = dataclasses.field(**({"default": default} if has_default is True else {}), **chosen)
        field.name, field.type = _texts([name])[0], kind
        field._field_type = dataclasses._FIELD  # type: ignore[attr-defined]
        fields[field.name] = field
    return fields


def _texts(values: Any) -> tuple[str, ...]:
    if values is None:
        return ()
    if type(values) is not list or len(values) > _MAX_NAMES or not all(type(value) is str for value in values):
        raise ValueError("the object has no code")
    return tuple(value[:500] for value in values)
