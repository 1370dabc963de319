"""What is known about the effects of libraries, built-in functions and methods; everything else may do anything.

:mod:`utils.grading.notebook.changes` uses these tables. An entry that is missing costs time, since a cell runs again
that need not; an entry that is wrong costs marks. So a table holds only what has no effect on other cells.
"""

import re
from typing import Final

#: A name that stands for the current figure and its axes.
FIGURES: Final = "<figures>"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Whoever mentions one of these may read or bind names that its text does not show.
HIDDEN_READS: Final = _words(
    "exec eval compile globals locals vars dir get_ipython In Out inspect gc builtins IPython ctypes "
    "importlib runpy modules __main__ __globals__ __builtins__ __dict__ __closure__ __self__ __subclasses__ "
    "__getattribute__"
)
#: So may the names by which IPython calls earlier results and inputs.
HIDDEN_NAME: Final = re.compile(r"_+|_\d+|_i+\d*|_[iod]h|__(?!name__|file__)\w+__")

#: Built-in functions that neither change their arguments nor anything else, iterators apart.
READING_BUILTINS: Final = _words(
    "abs all any ascii bin bool bytearray bytes callable chr complex dict divmod enumerate filter float "
    "format frozenset hash hex id int isinstance issubclass iter len list map max min next object oct ord pow "
    "print range repr reversed round set slice sorted str sum tuple type zip display True False None Ellipsis "
    "NotImplemented super property staticmethod classmethod Exception ArithmeticError AssertionError "
    "AttributeError IndexError KeyError LookupError NameError NotImplementedError OverflowError RuntimeError "
    "StopIteration TypeError ValueError ZeroDivisionError FloatingPointError BaseException __name__"
)

#: Those of them whose result can be read any number of times.
FINITE_BUILTINS: Final = _words(
    "abs all any bin bool bytes chr dict divmod float format frozenset hex int isinstance len list max min "
    "oct ord pow range repr round set sorted str sum tuple"
)

#: Methods that change nothing, whatever they are called on.
METHODS_THAT_READ: Final = _words(
    "all any argmax argmin argsort astype capitalize center conj copy corr count cov cumprod cumsum decode "
    "describe diagonal dot encode endswith find flatten format groupby head idxmax idxmin index isalpha "
    "isdigit isin islower isna isnull isspace issubset issuperset isupper item items join keys ljust lower "
    "lstrip max mean median min most_common ndim nlargest nonzero notna nsmallest nunique prod ptp quantile "
    "ravel replace repeat reshape rjust rsplit rstrip round searchsorted shape sort_index sort_values split "
    "splitlines squeeze startswith std strip sum swapaxes swapcase tail take title tobytes tolist trace "
    "translate transpose union upper value_counts values var view zfill intersection difference is_integer "
    "total_seconds strftime"
)

#: Methods that change at most what they are called on and their arguments.
METHODS_THAT_CHANGE: Final = _words(
    "add append appendleft clear difference_update discard elements extend fill insert intersection_update "
    "partition pop popitem popleft remove reverse rotate setdefault sort update get binomial choice "
    "exponential gamma integers multivariate_normal normal permutation permuted poisson random shuffle "
    "standard_normal uniform dirichlet laplace lognormal"
)

#: Methods that draw into a figure and that hardly anything else has.
METHODS_THAT_DRAW: Final = _words(
    "annotate axhline axhspan axvline axvspan axis bar barh boxplot colorbar contour contourf errorbar "
    "fill_between hist hist2d imshow invert_xaxis invert_yaxis legend loglog margins matshow pcolormesh pie "
    "scatter semilogx semilogy set_aspect set_axis_off set_label set_title set_visible set_xlabel set_xlim "
    "set_xscale set_xticks set_xticklabels set_ylabel set_ylim set_yscale set_yticks set_yticklabels subplots "
    "subplots_adjust suptitle tick_params tight_layout twinx twiny violinplot"
)

#: Methods that draw if they are called on axes or a figure, by the usual names; others have methods of these names too.
METHODS_OF_AXES: Final = _words("plot set text step stem grid clear")
AXES: Final = re.compile(r"(ax|axes|axs|fig|figure)\d*")

#: Functions of NumPy and SciPy whose arguments by position never receive the result, however many there are.
WITHOUT_RECEIVER: Final = _words(
    "where full linspace arange geomspace logspace histogram histogram2d interp full_like array asarray "
    "bincount digitize isclose allclose array_equal tile repeat reshape meshgrid column_stack unique "
    "percentile select roll pad"
)
#: Those that take one argument, so that a second one by position receives the result.
OF_ONE_ARGUMENT: Final = _words(
    "abs absolute negative positive sign sqrt cbrt square exp exp2 expm1 log log2 log10 log1p sin cos tan "
    "arcsin arccos arctan sinh cosh tanh floor ceil rint trunc fabs reciprocal isnan isfinite isinf conj "
    "degrees radians deg2rad rad2deg logical_not invert"
)

#: Functions whose result is a new object.
_FRESH: Final = re.compile(
    r"numpy\.(zeros|ones|empty|full|zeros_like|ones_like|empty_like|full_like|array|arange|linspace|eye|copy|"
    r"concatenate|column_stack|vstack|hstack|random\.default_rng)|copy\.deepcopy|math\.\w+|collections\.\w+"
)
_LIBRARIES: Final = _words(
    "cmath collections copy datetime enum fractions itertools math matplotlib numbers numpy "
    "operator pandas re scipy statistics string textwrap time typing __future__"
)
# Words in the names of functions that write, read or set something that lasts.
_EFFECT: Final = re.compile(
    r"seed|random|rvs|set_|\bset|save|write|dump|load|open|read_|\bto_|tofile|memmap|seterr|errstate|geterr|errcall|"
    r"option|context|\buse$|style|\brc|backend|switch|connect|register|config|\binteractive|\bion$|\bioff$|cache|"
    r"singledispatch|attrgetter|methodcaller|partial|callback|\btest|f2py|ctypeslib|\bio\b|extensions|plugin|"
    r"show_config|sleep|animation|widgets|\blib\b|\btz|vectorize|frompyfunc|fromfunction|fromiter|apply_|piecewise|pause|ginput|waitfor|starmap|accumulate|"
    r"groupby|dropwhile|takewhile|filterfalse|defaultdict|ChainMap|User|optimize|integrate|interpolate|ndimage"
)
_CHANGE: Final = re.compile(r"\.at$|copyto|\.put|putmask|\.place$|fill_diagonal|shuffle|setitem|delitem|operator\.i")


def is_known(path: str) -> bool:
    """Whether a module, or a function in it, has no effect but on its arguments and, if it draws, on the figures.

    Example:
        >>> is_known("numpy.mean"), is_known("numpy.random.seed"), is_known("requests.get")
        (True, False, False)
    """
    library, _, rest = path.partition(".")
    if path == "numpy.random.default_rng":
        return True
    return library in _LIBRARIES and _EFFECT.search(rest) is None


def is_reading(path: str) -> bool:
    """Whether a function that `is_known` does not change its arguments either."""
    return _CHANGE.search(path) is None


def is_fresh(path: str) -> bool:
    """Whether the result of a function is an object that nothing else holds."""
    return _FRESH.fullmatch(path) is not None


def draws(path: str) -> bool:
    """Whether a module or function belongs to the library for figures."""
    return path.split(".")[0] == "matplotlib"
