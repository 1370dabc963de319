"""Tables, columns, indexes and times of pandas as plain data, with all that `assert_frame_equal` compares."""

import importlib
import re
from typing import Any, Final

import numpy as np

from utils.grading.protocol.plain_type import NotPlainData, PlainType, checked_text, checked_zone, items, whole

_MASKED_DTYPES: Final = frozenset(
    {"boolean", "Float32", "Float64"} | {f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)}
)
MAX_COLUMNS: Final = 100_000
_DTYPE: Final = re.compile(r"[A-Za-z0-9]{1,20}(\[[A-Za-z0-9_/, -]{1,40}\])?")


# Columns of values: [kind, ...]


def _encode_values(values: Any) -> list[Any]:
    """A column or an index without its names."""
    pd: Any = importlib.import_module("pandas")

    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        categorical = getattr(values, "array", values)
        return ["category", np.asarray(categorical.codes), _encode_index(categorical.categories), bool(dtype.ordered)]
    if isinstance(dtype, pd.StringDtype):
        return ["string", str(dtype.storage), dtype.na_value is pd.NA, _texts(values)]
    if str(dtype) in _MASKED_DTYPES:
        missing = np.asarray(values.isna())
        numpy_dtype = dtype.numpy_dtype
        return ["masked", str(dtype), np.asarray(values.fillna(numpy_dtype.type(0)), numpy_dtype), missing]
    if isinstance(dtype, pd.DatetimeTZDtype):
        naive = getattr(values, "array", values).tz_convert("UTC").tz_localize(None)
        return ["zoned", np.asarray(naive), str(dtype.tz)]
    if isinstance(dtype, pd.PeriodDtype):
        return ["period", np.asarray(getattr(values, "array", values).asi8), str(dtype)[len("period[") : -1]]
    if isinstance(dtype, pd.IntervalDtype):
        array = getattr(values, "array", values)
        return ["interval", _encode_index(array.left), _encode_index(array.right), dtype.closed]
    if isinstance(dtype, np.dtype):
        array = np.asarray(values)
        return ["objects", array.tolist()] if array.dtype.kind == "O" else ["array", array]
    raise NotPlainData(f"A column of dtype {dtype} cannot be transferred; return one of NumPy's dtypes.")


def _texts(values: Any) -> list[Any]:
    pd: Any = importlib.import_module("pandas")

    return [None if value is pd.NA or type(value) is float else str(value) for value in values]


def _decode_values(content: Any) -> Any:
    pd: Any = importlib.import_module("pandas")

    kind, *parts = items(content)
    if kind == "array":
        return _one_dimension(parts[0])
    if kind == "objects":
        array = np.empty(len(items(parts[0])), object)
        array[:] = parts[0]
        return array
    if kind == "category":
        codes, categories, ordered = parts
        return pd.Categorical.from_codes(_one_dimension(codes), _decode_index(categories), ordered=ordered is True)
    if kind == "string":
        storage, with_na, texts = parts
        if storage not in ("python", "pyarrow") or not all(text is None or type(text) is str for text in items(texts)):
            raise NotPlainData("The student's process sent a malformed column.")
        return pd.array(texts, dtype=pd.StringDtype(storage, na_value=pd.NA if with_na is True else np.nan))
    if kind == "masked":
        name, numbers, missing = parts
        if name not in _MASKED_DTYPES or _one_dimension(missing).dtype != bool or missing.shape != numbers.shape:
            raise NotPlainData("The student's process sent a malformed column.")
        column = pd.array(_one_dimension(numbers), dtype=name)
        column[missing] = pd.NA
        return column
    if kind == "zoned":
        moments, zone = parts
        return pd.DatetimeIndex(_one_dimension(moments)).tz_localize("UTC").tz_convert(checked_zone(zone)).array
    if kind == "period":
        ordinals, freq = parts
        return pd.PeriodIndex.from_ordinals(_one_dimension(ordinals), freq=checked_text(freq)).array
    if kind == "interval":
        left, right, closed = parts
        return pd.arrays.IntervalArray.from_arrays(_decode_index(left), _decode_index(right), checked_text(closed))
    raise NotPlainData("The student's process sent a malformed column.")


def _one_dimension(array: Any) -> Any:
    if type(array) is not np.ndarray or array.ndim != 1:
        raise NotPlainData("The student's process sent a malformed column.")
    return array


# Indexes: [kind, names, ...]


def _encode_index(index: Any) -> list[Any]:
    pd: Any = importlib.import_module("pandas")

    names = list(index.names)
    if isinstance(index, pd.MultiIndex):
        levels = [_encode_index(level) for level in index.levels]
        return ["multi", names, levels, [np.asarray(codes) for codes in index.codes]]
    if isinstance(index, pd.RangeIndex):
        return ["range", names, index.start, index.stop, index.step]
    return ["index", names, _encode_values(index), getattr(index, "freqstr", None)]


def _decode_index(content: Any) -> Any:
    pd: Any = importlib.import_module("pandas")

    kind, names, *parts = items(content)
    if kind == "multi":
        levels, codes = parts
        if len(items(levels)) > 100:
            raise NotPlainData("The student's process sent a malformed index.")
        return pd.MultiIndex(
            [_decode_index(level) for level in levels], [_one_dimension(code) for code in items(codes)], names=names
        )
    [name] = items(names, 1)
    if kind == "range":
        start, stop, step = (whole(part, -(2**62), 2**62) for part in parts)
        if step == 0 or abs(stop - start) // abs(step) > 10**8:
            raise NotPlainData("The student's process sent a malformed index.")
        return pd.RangeIndex(start, stop, step, name=name)
    values, freq = parts
    column = _decode_values(values)
    index = pd.Index(column, name=name, dtype=object if values[0] == "objects" else None)
    if freq is not None and isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex)):
        index.freq = checked_text(freq)
    return index


# Tables


def _encode_frame(value: Any) -> list[Any]:
    columns = [_encode_values(value.iloc[:, place]) for place in range(value.shape[1])]
    return [_encode_index(value.columns), _encode_index(value.index), columns, dict(value.attrs)]


def _decode_frame(content: Any) -> Any:
    pd: Any = importlib.import_module("pandas")

    names, index, columns, attributes = items(content, 4)
    arrays = [_decode_values(column) for column in items(columns)]
    rows = _decode_index(index)
    if len(arrays) > MAX_COLUMNS or any(len(array) != len(rows) for array in arrays):
        raise NotPlainData("The student's process sent a table whose columns do not fit together.")
    frame = pd.DataFrame(dict(enumerate(arrays)), index=rows)
    frame.columns = _decode_index(names)
    return _with_attributes(frame, attributes)


def _encode_series(value: Any) -> list[Any]:
    return [value.name, _encode_index(value.index), _encode_values(value), dict(value.attrs)]


def _decode_series(content: Any) -> Any:
    pd: Any = importlib.import_module("pandas")

    name, index, values, attributes = items(content, 4)
    column, rows = _decode_values(values), _decode_index(index)
    if len(column) != len(rows):
        raise NotPlainData("The student's process sent a column that does not fit its index.")
    return _with_attributes(pd.Series(column, index=rows, name=name), attributes)


def _with_attributes(table: Any, attributes: Any) -> Any:
    if type(attributes) is not dict:
        raise NotPlainData("The student's process sent a malformed table.")
    table.attrs = attributes
    return table


# Single values


def _encode_moment(value: Any) -> list[Any]:
    kind = type(value).__name__
    if kind == "NaTType":
        return ["NaT"]
    if kind == "NAType":
        return ["NA"]
    if kind == "Period":
        return ["Period", int(value.ordinal), value.freqstr]
    if kind == "Interval":
        return ["Interval", value.left, value.right, value.closed]
    zone = getattr(value, "tz", None)
    return [kind, np.asarray(value.to_numpy()), None if zone is None else str(zone)]


def _decode_moment(content: Any) -> Any:
    pd: Any = importlib.import_module("pandas")

    kind, *parts = items(content)
    if kind in ("NaT", "NA"):
        return {"NaT": pd.NaT, "NA": pd.NA}[kind]
    if kind == "Period":
        return pd.Period(ordinal=whole(parts[0], -(2**62), 2**62), freq=checked_text(parts[1]))
    if kind == "Interval":
        return pd.Interval(parts[0], parts[1], checked_text(parts[2]))
    moment, zone = parts
    if type(moment) is not np.ndarray or moment.ndim or moment.dtype.kind not in "mM":
        raise NotPlainData("The student's process sent a malformed time.")
    if kind == "Timedelta":
        return pd.Timedelta(moment[()])
    stamp = pd.Timestamp(moment[()])
    return stamp if zone is None else stamp.tz_localize("UTC").tz_convert(checked_zone(zone))


def _encode_dtype(value: Any) -> Any:
    pd: Any = importlib.import_module("pandas")

    if isinstance(value, pd.CategoricalDtype):
        categories = None if value.categories is None else _encode_index(value.categories)
        return ["category", categories, value.ordered]
    return [str(value), None, None]


def _decode_dtype(content: Any) -> Any:
    pd: Any = importlib.import_module("pandas")

    name, categories, ordered = items(content, 3)
    if name == "category":
        return pd.CategoricalDtype(None if categories is None else _decode_index(categories), ordered is True)
    if not _DTYPE.fullmatch(checked_text(name)) or "dateutil" in name:
        raise NotPlainData("The student's process sent an unknown dtype.")
    return pd.api.types.pandas_dtype(name)


def _encode_column(value: Any) -> Any:
    return _encode_values(value)


def _table(number: int, names: tuple[str, ...], encode: Any, decode: Any) -> PlainType:
    return PlainType(number, names, encode, decode, subclasses=True, data_only=True)


TABLE_TYPES: Final = (
    _table(16, ("pandas.DataFrame",), _encode_frame, _decode_frame),
    _table(17, ("pandas.Series",), _encode_series, _decode_series),
    _table(34, ("pandas.Index",), _encode_index, _decode_index),
    _table(35, ("pandas.api.extensions.ExtensionArray",), _encode_column, _decode_values),
    # A Timestamp is a datetime, too.
    PlainType(
        36,
        ("pandas.Timestamp", "pandas.Timedelta", "pandas.Period", "pandas.Interval"),
        _encode_moment,
        _decode_moment,
        data_only=True,
    ),
    PlainType(
        37,
        ("pandas._libs.tslibs.nattype.NaTType", "pandas._libs.missing.NAType"),
        _encode_moment,
        _decode_moment,
        data_only=True,
    ),
    _table(38, ("pandas.api.extensions.ExtensionDtype",), _encode_dtype, _decode_dtype),
)
