"""Values of many types, each compared with the instructor's own line."""

# One line per case can be compared at a glance.
# ruff: noqa: E501

from tests.grading.fidelity.exercise import Exercise

SETUP = "import numpy as np\nimport pandas as pd\nsales = pd.DataFrame({'shop': list('aab'), 'sold': [1, 2, 3]})"


def table(name: str, line: str, wrong: str) -> Exercise:
    """An exercise whose value is compared as pandas compares tables."""
    kind = "frame" if name.startswith("frame") else "index" if name.startswith("index") else "series"
    return Exercise(
        name, f"pd.testing.assert_{kind}_equal({name}, {line})", [f"{name} = {line}"], [f"{name} = {wrong}", ""], SETUP
    )


def value(name: str, line: str, check: str, wrong: str, setup: str = "") -> Exercise:
    """An exercise whose value is `line`."""
    return Exercise(
        name,
        f"{setup}\nassert {check}".strip(),
        [f"{setup}\n{name} = {line}".strip()],
        [f"{setup}\n{name} = {wrong}", ""],
    )


EXERCISES = [
    table("series_mean", "sales.groupby('shop').sold.mean()", "sales.groupby('shop').sold.sum()"),
    table("series_counts", "sales.shop.value_counts()", "sales.shop.value_counts().rename('n')"),
    table("frame_aggregated", "sales.groupby('shop').agg({'sold': ['min', 'max']})", "sales.groupby('shop').agg({'sold': ['min', 'sum']})"),
    table("frame_two_keys", "sales.set_index(['shop', 'sold'])", "sales.set_index(['sold', 'shop'])"),
    table("series_category", "sales.shop.astype('category')", "sales.shop"),
    table("series_missing", "pd.Series([1, None, 3], dtype='Int64')", "pd.Series([1, None, 3])"),
    table("series_flags", "pd.Series([True, None], dtype='boolean')", "pd.Series([True, False], dtype='boolean')"),
    table("index_days", "pd.date_range('2024-01-01', periods=3)", "pd.date_range('2024-01-02', periods=3)"),
    table("index_zone", "pd.date_range('2024-01-01', periods=2, tz='Europe/Berlin')", "pd.date_range('2024-01-01', periods=2)"),
    table("index_months", "pd.period_range('2024-01', periods=3, freq='M')", "pd.period_range('2024-01', periods=4, freq='M')"),
    table("series_bins", "pd.cut(pd.Series([1, 5, 9]), 3)", "pd.cut(pd.Series([1, 5, 9]), 2)"),
    table("frame_empty", "sales[sales.sold > 9]", "sales[sales.sold > 2]"),
    table("frame_described", "sales.describe()", "sales.mean(numeric_only=True).to_frame()"),
    value("counted", "Counter('hello')", "counted == Counter('hello') and counted.most_common(1) == [('l', 2)] and counted['z'] == 0", "Counter('help')", "from collections import Counter"),
    value("grouped", "defaultdict(list, {'a': [1]})", "grouped['a'] == [1] and grouped['b'] == []", "{'a': [1]}", "from collections import defaultdict"),
    value("recent", "deque([1, 2, 3], maxlen=2)", "isinstance(recent, deque) and list(recent) == [2, 3] and recent.maxlen == 2", "[2, 3]", "from collections import deque"),
    value("file", "Path('data') / 'x.csv'", "file == Path('data/x.csv') and file.suffix == '.csv' and file.parent.name == 'data'", "'data/x.csv'", "from pathlib import Path"),
    value("wait", "timedelta(days=1, hours=2)", "wait == timedelta(hours=26) and wait.total_seconds() == 93600", "timedelta(days=1)", "from datetime import timedelta"),
    value("noon", "datetime(2024, 1, 1, 12, tzinfo=timezone.utc)", "noon == datetime(2024, 1, 1, 12, tzinfo=timezone.utc) and noon.tzinfo is not None", "datetime(2024, 1, 1, 12)", "from datetime import datetime, timezone"),
    value("address", r"re.match(r'(\w+)@(?P<host>\w+)', 'me@home')", "address and address.group(2) == address['host'] == 'home' and address.span() == (0, 7)", "re.match('x', 'me')", "import re"),
    value("sparse_matrix", "sp.csr_matrix([[0, 1], [2, 0]])", "sp.issparse(sparse_matrix) and sparse_matrix.shape == (2, 2) and sparse_matrix.nnz == 2 and (sparse_matrix.toarray() == [[0, 1], [2, 0]]).all()", "[[0, 1], [2, 0]]", "import scipy.sparse as sp"),
    value("structured", "np.array([('a', 1.5)], dtype=[('name', 'U5'), ('size', 'f8')])", "structured.dtype.names == ('name', 'size') and structured['size'][0] == 1.5", "np.array([1.5])", "import numpy as np"),
    value("hidden_values", "np.ma.masked_less([1, 2, 3], 2)", "np.ma.isMaskedArray(hidden_values) and hidden_values.mean() == 2.5 and hidden_values.mask.tolist() == [True, False, False]", "np.array([1, 2, 3])", "import numpy as np"),
    value("best", "minimize_scalar(lambda x: (x - 2) ** 2)", "best.success and abs(best.x - 2) < 1e-6", "minimize_scalar(lambda x: (x - 3) ** 2)", "from scipy.optimize import minimize_scalar"),
    value("slope", "sympy.diff(x ** 3, x)", "sympy.simplify(slope - 3 * sympy.Symbol('x') ** 2) == 0 and slope == 3 * sympy.Symbol('x') ** 2", "3 * x", "import sympy\nx = sympy.Symbol('x')"),
    value("normal", "stats.norm(2, 3)", "normal.mean() == 2 and normal.std() == 3 and normal.cdf(2) == 0.5", "stats.norm(2, 4)", "from scipy import stats"),
    value("cubic", "np.poly1d([1, 0, 0, 2])", "cubic(2) == 10 and cubic.order == 3", "np.poly1d([1, 2])", "import numpy as np"),
    value("stream", "np.random.default_rng(3)", "stream.integers(10**6) == np.random.default_rng(3).integers(10**6)", "np.random.default_rng(4)", "import numpy as np"),
    value("options", "SimpleNamespace(depth=3, name='tree')", "options.depth == 3 and options == SimpleNamespace(depth=3, name='tree')", "SimpleNamespace(depth=4)", "from types import SimpleNamespace"),
    value("kinds", "[int, str, ValueError, ...]", "kinds == [int, str, ValueError, ...]", "['int', 'str', 'ValueError', '...']"),
    value("pairs", "{'a': 1, 'b': 2}.items()", "list(pairs) == [('a', 1), ('b', 2)] and ('a', 1) in pairs", "{'a': 1}.items()"),
    value("mixed", "np.array([1, 'a', None], dtype=object)", "mixed.dtype == object and mixed[1] == 'a' and mixed[2] is None", "np.array([1, 2])", "import numpy as np"),
]  # fmt: skip
