"""Records (named tuples, results of libraries), and values of further libraries, as plain data.

It has more than 350 lines because each library adds a pair of functions, and nothing else.
"""

import functools
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from utils.grading.protocol import references
from utils.grading.protocol.plain_type import (
    NotPlainData,
    PlainType,
    check_field,
    check_hashes,
    checked_text,
    items,
    whole,
    words,
)

MAX_PIXELS: Final = 2**26
MAX_NODES: Final = 100_000


class Row(tuple[Any, ...]):
    """A named tuple of the student's: its items, the names of its fields and the name of its class.

    Its class is a subclass of this one with no more than names. Field names are untrusted: none begins with an
    underscore, and none that plain data has as a method stands for something that can be called.
    """

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    _class_name = ""

    def __getattr__(self, name: str) -> Any:
        fields = type(self)._fields
        if name in fields:
            return self[fields.index(name)]
        raise AttributeError(f"this named tuple has no field {name!r}; it has {', '.join(fields)}")

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def _replace(self, **changes: Any) -> "Row":
        values = self._asdict()
        if not changes.keys() <= values.keys():
            raise ValueError(f"Got unexpected field names: {sorted(changes.keys() - values.keys())!r}")
        return type(self)((values | changes).values())

    def __repr__(self) -> str:
        return f"{self._class_name}({', '.join(f'{k}={v!r}' for k, v in self._asdict().items())})"

    def __reduce__(self) -> Any:
        return references.named_tuple, (self._class_name, self._fields, tuple(self))

    def __reduce_ex__(self, protocol: object) -> Any:
        return self.__reduce__()


@functools.lru_cache(maxsize=1000)
def row_class(name: str, fields: tuple[str, ...]) -> type[Row]:
    """The class of the named tuples with this name and these fields."""
    return type(name, (Row,), {"_fields": fields, "_class_name": name, "__slots__": (), "__module__": __name__})


def _encode_named_tuple(value: Any) -> Any:
    fields = getattr(type(value), "_fields", None)
    if not isinstance(fields, tuple):
        return NotImplemented
    return [list(fields), list(tuple.__iter__(value)), type(value).__name__]


def _decode_named_tuple(content: Any) -> Row:
    fields, values, *name = items(content) if len(items(content)) == 3 else items(content, 2)
    names = tuple(checked_text(field) for field in items(fields))
    class_name = checked_text(name[0]) if name else "Row"
    # NumPy asks for names such as __array_interface__.
    if len(names) != len(items(values)) or not all(field.isidentifier() and field[0] != "_" for field in names):
        raise NotPlainData("The student's process sent a malformed named tuple.")
    if not class_name.isidentifier() or len(set(names)) != len(names):
        raise NotPlainData("The student's process sent a malformed named tuple.")
    for field, value in zip(names, values, strict=True):
        check_field(field, value)
    return row_class(class_name, names)(values)


def _encode_result(value: Any) -> Any:
    kind = "Bunch" if any(base.__name__ == "Bunch" for base in type(value).__mro__) else "OptimizeResult"
    return [kind, [list(pair) for pair in dict.items(value)]]


def _decode_result(content: Any) -> Any:
    kind, pairs = items(content, 2)
    if kind == "Bunch":
        from sklearn.utils import Bunch as Result
    else:
        from scipy.optimize import OptimizeResult as Result
    fields = {}
    for name, value in (items(pair, 2) for pair in items(pairs)):
        if checked_text(name).startswith("__"):
            raise NotPlainData("The student's process sent a malformed result.")
        check_field(name, value)
        fields[name] = value
    result = Result()
    # The methods of a dictionary stay what they are.
    dict.update(result, fields)
    return result


# Frozen distributions of SciPy


def _encode_distribution(value: Any) -> Any:
    if not all(isinstance(part, (int, float, np.number)) for part in (*value.args, *value.kwds.values())):
        return NotImplemented
    return [value.dist.name, [float(part) for part in value.args], {k: float(v) for k, v in value.kwds.items()}]


def _decode_distribution(content: Any) -> Any:
    import scipy.stats

    name, arguments, keywords = items(content, 3)
    known = vars(scipy.stats).get(checked_text(name))
    if not isinstance(known, (scipy.stats.rv_continuous, scipy.stats.rv_discrete)) or type(keywords) is not dict:
        raise NotPlainData("The student's process sent an unknown distribution.")
    if not all(type(part) is float for part in [*items(arguments), *keywords.values()]):
        raise NotPlainData("The student's process sent a distribution whose parameters are no numbers.")
    return known(*arguments, **keywords)


# Images, and what a notebook displays

_MODES: Final = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4, "YCbCr": 3, "HSV": 3, "I": 4, "F": 4}


def _encode_image(value: Any) -> Any:
    image = value.convert("L") if value.mode == "1" else value.convert("RGBA") if value.mode == "P" else value
    if image.mode not in _MODES:
        return NotImplemented
    return [image.mode, list(image.size), image.tobytes()]


def _decode_image(content: Any) -> Any:
    import PIL.Image

    mode, size, data = items(content, 3)
    width, height = (whole(side, 0, MAX_PIXELS) for side in items(size, 2))
    if mode not in _MODES or type(data) is not bytes or len(data) != width * height * _MODES[mode]:
        raise NotPlainData("The student's process sent a malformed image.")
    return PIL.Image.frombytes(mode, (width, height), data)


_DISPLAYED: Final = frozenset({"HTML", "Markdown", "Math", "Latex", "SVG", "JSON", "Pretty"})


def _encode_display(value: Any) -> Any:
    name, data = type(value).__name__, getattr(value, "_data", None) or getattr(value, "data", None)
    return [name, data] if name in _DISPLAYED and isinstance(data, (str, dict)) else NotImplemented


def _decode_display(content: Any) -> Any:
    import IPython.display

    name, data = items(content, 2)
    if name not in _DISPLAYED or type(data) is not (dict if name == "JSON" else str):
        raise NotPlainData("The student's process sent a malformed object to display.")
    kind = getattr(IPython.display, name)
    # The constructor would fetch a text that begins with http.
    shown = object.__new__(kind)
    shown.__dict__ |= {
        "_data" if name in ("SVG", "JSON") else "data": data,
        "url": None,
        "filename": None,
        "metadata": {},
    }
    return shown


# Expressions of SymPy: a tree of names of classes and numbers; nothing is parsed

_SYMPY_CONSTANTS: Final = words(
    "Zero One NegativeOne Half Pi Exp1 ImaginaryUnit Infinity NegativeInfinity ComplexInfinity NaN "
    "EulerGamma GoldenRatio BooleanTrue BooleanFalse EmptySet Reals Integers Naturals "
)
_SYMPY_NODES: Final = frozenset(
    words(
        "Add Mul Pow Tuple Derivative Integral Sum Product Limit Equality Unequality StrictLessThan LessThan "
        "StrictGreaterThan GreaterThan And Or Not Piecewise ExprCondPair sin cos tan cot sec csc asin acos "
        "atan atan2 sinh cosh tanh asinh acosh atanh exp log Abs sign floor ceiling factorial binomial gamma "
        "beta erf erfc re im conjugate arg Max Min Heaviside DiracDelta LambertW zeta Mod FiniteSet Interval "
        "Union Subs Lambda "
    )
)

_UNEVALUATED: Final = frozenset(words("Tuple ExprCondPair Lambda Interval Subs Integral Derivative Sum Product Limit"))


def _encode_expression(value: Any) -> Any:
    return _node(value)


def _node(value: Any) -> Any:
    import sympy  # type: ignore[import-untyped]

    name = type(value).__name__
    if name in _SYMPY_CONSTANTS:
        return [name]
    if isinstance(value, sympy.Integer):
        return ["Integer", int(value)]
    if isinstance(value, sympy.Rational):
        return ["Rational", int(value.p), int(value.q)]
    if isinstance(value, sympy.Float):
        return ["Float", str(value), int(value._prec)]
    if isinstance(value, sympy.Symbol) and name in ("Symbol", "Dummy"):
        return ["Symbol", value.name, {k: v for k, v in value._assumptions_orig.items() if isinstance(v, bool)}]
    if isinstance(value, sympy.MatrixBase):
        cells = [_node(cell) for cell in value.flat()]
        return [name, value.rows, value.cols, cells]
    if isinstance(value, sympy.core.function.AppliedUndef):
        return ["Applied", value.func.__name__, [_node(part) for part in value.args]]
    if name not in _SYMPY_NODES:
        raise NotPlainData(f"An expression with {name} cannot be transferred.")
    return [name, [_node(part) for part in value.args]]


def _decode_expression(content: Any) -> Any:
    budget = iter(range(MAX_NODES))
    return _expression(content, budget)


def _expression(content: Any, budget: Iterable[int]) -> Any:
    import sympy

    if next(iter(budget), None) is None:
        raise NotPlainData("The student's process sent an expression that is too large.")
    name, *parts = items(content)
    if name in _SYMPY_CONSTANTS and not parts:
        constant: dict[str, Any] = {"BooleanTrue": sympy.true, "BooleanFalse": sympy.false}
        return constant[name] if name in constant else getattr(sympy.S, name)
    if name in ("Integer", "Rational"):
        return sympy.Rational(*(whole(part, -(10**4000), 10**4000) for part in parts))
    if name == "Float":
        return sympy.Float(checked_text(parts[0]), precision=whole(parts[1], 1, 10_000))
    if name == "Symbol":
        assumptions = parts[1] if type(parts[1]) is dict else {}
        if len(assumptions) > 40 or not all(type(k) is str and type(v) is bool for k, v in assumptions.items()):
            raise NotPlainData("The student's process sent a malformed symbol.")
        return sympy.Symbol(checked_text(parts[0]), **assumptions)
    if name in ("MutableDenseMatrix", "ImmutableDenseMatrix"):
        rows, columns = whole(parts[0], 0, 1000), whole(parts[1], 0, 1000)
        cells = [_expression(cell, budget) for cell in items(parts[2], rows * columns)]
        return getattr(sympy.matrices, name)(rows, columns, cells)
    if name == "Applied":
        function: Any = sympy.Function(checked_text(parts[0]))
        return function(*(_expression(part, budget) for part in items(parts[1])))
    if name not in _SYMPY_NODES:
        raise NotPlainData("The student's process sent an expression of an unknown kind.")
    arguments = [_expression(part, budget) for part in items(parts[0])]
    kind = getattr(sympy, name, None) or getattr(sympy.functions.elementary.piecewise, name)
    # Nothing is computed: a power could be larger than any memory.
    if name in _UNEVALUATED:
        return kind(*arguments)
    return kind(*arguments, evaluate=False)


# Polynomials and graphs


def _encode_polynomial(value: Any) -> list[Any]:
    return [type(value).__name__, value.coef, value.domain, value.window]


def _decode_polynomial(content: Any) -> Any:
    name, *parts = items(content, 4)
    if name not in _SERIES or not all(type(part) is np.ndarray and part.ndim == 1 for part in parts):
        raise NotPlainData("The student's process sent a malformed polynomial.")
    if any(part.dtype.kind not in "biufc" for part in parts):
        raise NotPlainData("The student's process sent a malformed polynomial.")
    return getattr(np.polynomial, name)(*parts)


_SERIES: Final = words("Polynomial Chebyshev Legendre Laguerre Hermite HermiteE")
_GRAPHS: Final = words("Graph DiGraph MultiGraph MultiDiGraph")


def _encode_graph(value: Any) -> list[Any]:
    edges = value.edges(keys=True, data=True) if value.is_multigraph() else value.edges(data=True)
    return [
        type(value).__name__,
        value.graph,
        [list(pair) for pair in value.nodes(data=True)],
        [list(e) for e in edges],
    ]


def _decode_graph(content: Any) -> Any:
    import networkx  # type: ignore[import-untyped]

    name, attributes, nodes, edges = items(content, 4)
    if name not in _GRAPHS or type(attributes) is not dict:
        raise NotPlainData("The student's process sent a malformed graph.")
    # As keywords, the attributes could choose another implementation of graphs.
    graph = getattr(networkx, name)()
    graph.graph.update(attributes)
    pairs = [items(pair, 2) for pair in items(nodes)]
    check_hashes(node for node, _ in pairs)
    graph.add_nodes_from(map(tuple, pairs))
    for *ends, data in (items(edge, 4 if graph.is_multigraph() else 3) for edge in items(edges)):
        if type(data) is not dict or not all(end in graph for end in ends[:2]):
            raise NotPlainData("The student's process sent a malformed graph.")
        graph.add_edges_from([(*ends, data)])
    return graph


LIBRARY_TYPES: Final = (
    PlainType(12, ("builtins.tuple",), _encode_named_tuple, _decode_named_tuple, subclasses=True),
    PlainType(39, ("sklearn.utils.Bunch", "scipy.optimize.OptimizeResult"), _encode_result, _decode_result, True),
    PlainType(
        40,
        ("scipy.stats._distn_infrastructure.rv_frozen",),
        _encode_distribution,
        _decode_distribution,
        subclasses=True,
        data_only=True,
    ),
    PlainType(41, ("PIL.Image.Image",), _encode_image, _decode_image, subclasses=True, data_only=True),
    PlainType(42, ("IPython.core.display.DisplayObject",), _encode_display, _decode_display, True, data_only=True),
    PlainType(
        43,
        ("sympy.core.basic.Basic", "sympy.matrices.matrixbase.MatrixBase"),
        _encode_expression,
        _decode_expression,
        subclasses=True,
        data_only=True,
    ),
    PlainType(
        44,
        tuple(f"numpy.polynomial.{name.lower().replace('hermitee', 'hermite_e')}.{name}" for name in _SERIES),
        _encode_polynomial,
        _decode_polynomial,
        data_only=True,
    ),
    PlainType(
        45,
        tuple(f"networkx.{name}" for name in _GRAPHS),
        _encode_graph,
        _decode_graph,
        data_only=True,
    ),
)
