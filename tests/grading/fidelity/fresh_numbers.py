"""Exercises of numerics, physics and statistics: NumPy, SciPy, random numbers, matrices."""

from tests.grading.fidelity.exercise import Exercise

EXERCISES = [
    Exercise(
        "normalise",
        """
m = np.array([[1.0, 2.0], [3.0, 4.0]])
copy = m.copy()
n = normalise_rows(m)
np.testing.assert_array_equal(m, copy, err_msg="the argument was changed")
np.testing.assert_allclose(n.sum(axis=1), np.ones(2))
assert n.shape == m.shape and n.dtype == np.float64
assert not np.shares_memory(n, m)
""",
        (
            "def normalise_rows(m):\n    return m / m.sum(axis=1, keepdims=True)",
            "def normalise_rows(m):\n    return np.array([row / np.sum(row) for row in m])",
        ),
        ("def normalise_rows(m):\n    m /= m.sum(axis=1, keepdims=True)\n    return m",),
        given="import numpy as np",
    ),
    Exercise(
        "in_place_centre",
        """
data = np.arange(6, dtype=float).reshape(2, 3)
view = data[0]
result = centre(data)
assert result is None
np.testing.assert_almost_equal(data.mean(axis=0), [0, 0, 0])
assert view.base is not None
np.testing.assert_array_equal(view, data[0])
""",
        (
            "def centre(a):\n    a -= a.mean(axis=0)",
            "def centre(a):\n    a[:] = a - np.mean(a, axis=0)",
        ),
        ("def centre(a):\n    a = a - a.mean(axis=0)",),
        given="import numpy as np",
    ),
    Exercise(
        "newton",
        """
root, steps = newton(lambda x: x**2 - 2, lambda x: 2 * x, 1.0)
assert abs(root - np.sqrt(2)) < 1e-10
assert 3 <= steps <= 8
root, _ = newton(np.cos, lambda x: -np.sin(x), 1.0, tol=1e-12)
assert np.isclose(root, np.pi / 2, rtol=0, atol=1e-12)
calls = []
def f(x):
    calls.append(x)
    return x**3 - 8
r, n = newton(f, lambda x: 3 * x**2, 5.0)
assert np.isclose(r, 2)
assert len(calls) <= 30 and calls[0] == 5.0
try:
    newton(lambda x: x**2 + 1, lambda x: 2 * x, 0.5, max_steps=20)
    raise AssertionError("this cannot converge")
except RuntimeError:
    pass
""",
        (
            """
def newton(f, df, x, tol=1e-10, max_steps=50):
    for step in range(1, max_steps + 1):
        dx = f(x) / df(x)
        x -= dx
        if abs(dx) < tol:
            return x, step
    raise RuntimeError("no convergence")
""",
            """
def newton(f, df, x0, *, tol=1e-10, max_steps=50):
    x, k = x0, 0
    while k < max_steps:
        new = x - f(x) / df(x)
        k += 1
        if abs(new - x) < tol:
            return new, k
        x = new
    else:
        raise RuntimeError(f"no convergence after {k} steps")
""",
        ),
        (
            """
def newton(f, df, x, tol=1e-10, max_steps=50):
    for step in range(3):
        x -= f(x) / df(x)
    return x, 3
""",
        ),
        given="import numpy as np",
    ),
    Exercise(
        "trapezoid",
        """
for n in (10, 100, 1000):
    x = np.linspace(0, np.pi, n)
    error = abs(trapezoid_rule(np.sin(x), x) - 2)
    assert error < 20 / n**2
rng = np.random.default_rng(3)
x = np.sort(rng.uniform(0, 1, 50))
y = rng.normal(size=50)
assert np.isclose(trapezoid_rule(y, x), np.trapezoid(y, x))
assert np.ndim(trapezoid_rule(y, x)) == 0
""",
        (
            "def trapezoid_rule(y, x):\n    return np.sum((y[1:] + y[:-1]) / 2 * np.diff(x))",
            """
def trapezoid_rule(y, x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 0.5 * (y[i] + y[i + 1]) * (x[i + 1] - x[i])
    return total
""",
        ),
        ("def trapezoid_rule(y, x):\n    return np.sum(y[1:] * np.diff(x))",),
        given="import numpy as np",
    ),
    Exercise(
        "pendulum",
        """
from scipy.integrate import solve_ivp
sol = solve_ivp(pendulum, (0, 10), [0.1, 0.0], args=(9.81, 1.0), rtol=1e-8, atol=1e-10, dense_output=True)
assert sol.success
w = np.sqrt(9.81)
t = np.linspace(0, 2, 5)
np.testing.assert_allclose(sol.sol(t)[0], 0.1 * np.cos(w * t), atol=1e-3)
energy = 0.5 * sol.y[1] ** 2 + 9.81 * (1 - np.cos(sol.y[0]))
assert np.ptp(energy) < 1e-5
""",
        (
            """
def pendulum(t, y, g, length):
    theta, omega = y
    return [omega, -g / length * np.sin(theta)]
""",
            """
import math
def pendulum(t, state, g, l):
    out = np.empty_like(state)
    out[0] = state[1]
    out[1] = -g * math.sin(state[0]) / l
    return out
""",
        ),
        ("def pendulum(t, y, g, length):\n    return [y[1], g / length * np.sin(y[0])]",),
        given="import numpy as np",
    ),
    Exercise(
        "decay_solution",
        """
assert hasattr(solution, "t") and hasattr(solution, "y")
assert solution.status == 0
assert solution.t[0] == 0 and solution.t[-1] == 5
assert solution.y.shape[0] == 1
assert np.allclose(solution.y[0], 10 * np.exp(-0.5 * solution.t), rtol=1e-2)
assert np.abs(half_life - np.log(2) / 0.5) < 1e-6
""",
        (
            """
from scipy.integrate import solve_ivp
solution = solve_ivp(lambda t, n: -0.5 * n, (0, 5), [10.0])
half_life = np.log(2) / 0.5
""",
            """
import scipy.integrate
from scipy.optimize import brentq
def rate(t, n):
    return -0.5 * n
solution = scipy.integrate.solve_ivp(rate, [0, 5], np.array([10.0]), t_eval=np.linspace(0, 5, 21), rtol=1e-6)
half_life = brentq(lambda t: np.exp(-0.5 * t) - 0.5, 0, 10)
""",
        ),
        given="import numpy as np",
    ),
    Exercise(
        "fit_line",
        """
assert np.isclose(fit.slope, 2.0, atol=0.2)
assert fit.rvalue**2 > 0.9
assert fit.pvalue < 0.001
slope, intercept, *_ = fit
assert slope == fit.slope
popt, pcov = optimum
assert pcov.shape == (2, 2)
np.testing.assert_allclose(popt, [fit.slope, fit.intercept], rtol=1e-4)
assert line(3, *popt) == 3 * popt[0] + popt[1]
""",
        (
            """
fit = stats.linregress(xs, ys)
def line(x, a, b):
    return a * x + b
optimum = curve_fit(line, xs, ys)
""",
            """
from scipy.stats import linregress
fit = linregress(xs, y=ys)
line = lambda x, a, b: x * a + b
optimum = curve_fit(line, xs, ys, p0=[1, 1])
""",
        ),
        given="""
import numpy as np
from scipy import stats
from scipy.optimize import curve_fit
rng = np.random.default_rng(1)
xs = np.linspace(0, 10, 40)
ys = 2 * xs + 1 + rng.normal(scale=0.5, size=40)
""",
    ),
    Exercise(
        "t_test",
        """
statistic, pvalue = result
assert np.isclose(statistic, result.statistic)
assert 0 <= result.pvalue <= 1
assert reject == (result.pvalue < 0.05)
assert isinstance(reject, (bool, np.bool_))
low, high = ci
assert low < np.mean(group_a) < high
""",
        (
            """
result = stats.ttest_ind(group_a, group_b, equal_var=False)
reject = result.pvalue < 0.05
ci = stats.t.interval(0.95, len(group_a) - 1, loc=np.mean(group_a), scale=stats.sem(group_a))
""",
            """
result = stats.ttest_ind(group_a, group_b)
reject = bool(result[1] < 0.05)
half = 1.96 * group_a.std(ddof=1) / np.sqrt(len(group_a))
ci = (group_a.mean() - half, group_a.mean() + half)
""",
        ),
        given="""
import numpy as np
from scipy import stats
np.random.seed(0)
group_a = np.random.normal(5, 1, 30)
group_b = np.random.normal(6, 1, 30)
""",
    ),
    Exercise(
        "bootstrap",
        """
np.random.seed(42)
means = bootstrap_means(np.array([1.0, 2.0, 3.0, 4.0]), 500)
assert means.shape == (500,)
assert abs(means.mean() - 2.5) < 0.15
assert 0.4 < means.std() < 0.7
np.random.seed(42)
again = bootstrap_means(np.array([1.0, 2.0, 3.0, 4.0]), 500)
assert np.array_equal(means, again), "the seed should make it reproducible"
assert not np.array_equal(again, bootstrap_means(np.array([1.0, 2.0, 3.0, 4.0]), 500))
""",
        (
            """
def bootstrap_means(x, n):
    return np.array([np.random.choice(x, size=len(x)).mean() for _ in range(n)])
""",
            """
def bootstrap_means(x, n):
    return x[np.random.randint(0, len(x), size=(n, len(x)))].mean(axis=1)
""",
        ),
        ("def bootstrap_means(x, n):\n    return np.full(n, x.mean())",),
        given="import numpy as np",
    ),
    Exercise(
        "monte_carlo_pi",
        """
estimates = [estimate_pi(2000, rng=np.random.default_rng(seed)) for seed in range(5)]
assert all(2.8 < e < 3.4 for e in estimates)
assert len(set(estimates)) > 1
rng = np.random.default_rng(0)
first, second = estimate_pi(1000, rng), estimate_pi(1000, rng)
assert first != second
assert estimate_pi(1000, np.random.default_rng(0)) == first
""",
        (
            """
def estimate_pi(n, rng):
    points = rng.uniform(-1, 1, size=(n, 2))
    return 4 * np.mean((points**2).sum(axis=1) < 1)
""",
            """
def estimate_pi(n, rng=None):
    inside = 0
    for _ in range(n):
        x, y = rng.random(), rng.random()
        if x * x + y * y <= 1:
            inside += 1
    return 4 * inside / n
""",
        ),
        ("def estimate_pi(n, rng):\n    return np.pi",),
        given="import numpy as np",
    ),
    Exercise(
        "power_iteration",
        """
A = np.array([[2.0, 1.0], [1.0, 3.0]])
with warnings.catch_warnings():
    warnings.simplefilter("error")
    value, vector = power_iteration(A)
expected = np.linalg.eigh(A)
assert value == pytest_approx(expected.eigenvalues[-1])
assert np.isclose(np.linalg.norm(vector), 1)
np.testing.assert_allclose(A @ vector, value * vector, atol=1e-6)
assert np.abs(vector @ expected.eigenvectors[:, -1]) > 0.999
""",
        (
            """
def power_iteration(A, steps=200):
    v = np.ones(len(A))
    for _ in range(steps):
        v = A @ v
        v /= np.linalg.norm(v)
    return v @ A @ v, v
""",
            """
def power_iteration(A):
    rng = np.random.RandomState(0)
    v = rng.rand(A.shape[0])
    old = 0
    while True:
        w = A.dot(v)
        new = np.linalg.norm(w)
        v = w / new
        if abs(new - old) < 1e-12:
            return float(new), v
        old = new
""",
        ),
        given='''
import warnings
import numpy as np

class pytest_approx:
    """Equal within one millionth."""
    def __init__(self, value):
        self.value = value
    def __eq__(self, other):
        return abs(self.value - other) < 1e-6
''',
    ),
    Exercise(
        "lu",
        """
rng = np.random.default_rng(11)
for n in range(1, 6):
    A = rng.normal(size=(n, n)) + 5 * np.eye(n)
    L, U = lu(A)
    assert np.allclose(L @ U, A), n
    assert np.allclose(L, np.tril(L)) and np.allclose(U, np.triu(U))
    assert np.allclose(np.diag(L), 1)
with np.testing.assert_raises(ValueError):
    lu(np.ones((2, 3)))
np.testing.assert_raises(ValueError, lu, np.ones((1, 2)))
""",
        (
            """
def lu(A):
    n, m = A.shape
    if n != m:
        raise ValueError("not square")
    U, L = A.copy(), np.eye(n)
    for j in range(n):
        for i in range(j + 1, n):
            L[i, j] = U[i, j] / U[j, j]
            U[i] -= L[i, j] * U[j]
    return L, U
""",
            """
def lu(matrix):
    if len(set(matrix.shape)) != 1:
        raise ValueError(f"shape {matrix.shape}")
    n = len(matrix)
    L = [[float(i == j) for j in range(n)] for i in range(n)]
    U = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i, n):
            U[i][j] = matrix[i, j] - sum(L[i][k] * U[k][j] for k in range(i))
        for j in range(i + 1, n):
            L[j][i] = (matrix[j, i] - sum(L[j][k] * U[k][i] for k in range(i))) / U[i][i]
    return np.array(L), np.array(U)
""",
        ),
        ("def lu(A):\n    return np.eye(len(A)), A",),
        given="import numpy as np",
    ),
    Exercise(
        "free_fall_units",
        """
assert g == 9.81
t = np.array([0.0, 1.0, 2.0])
h = height(t, 100)
assert isinstance(h, np.ndarray)
np.testing.assert_array_almost_equal(h, [100, 95.095, 80.38], decimal=3)
assert height(0, 5) == 5
assert np.all(height(np.linspace(0, 100, 11), 10) >= 0), "the ball stops on the ground"
old_g = g
g = 1.62
moon = height(1.0, 10)
g = old_g
assert np.isclose(moon, 10 - 0.81), "use the global g"
""",
        (
            """
g = 9.81
def height(t, h0):
    return np.maximum(h0 - g * t**2 / 2, 0)
""",
            """
g = 9.81
def height(t, h0):
    h = h0 - 0.5 * g * np.square(t)
    return np.where(h < 0, 0, h)
""",
        ),
        ("g = 9.81\ndef height(t, h0):\n    return np.maximum(h0 - 9.81 * t**2 / 2, 0)",),
        given="import numpy as np",
    ),
    Exercise(
        "polynomial",
        """
p = fit_parabola([0, 1, 2], [1, 2, 5])
assert isinstance(p, np.polynomial.Polynomial)
assert p.degree() == 2
np.testing.assert_allclose(p.convert().coef, [1, 0, 1], atol=1e-8)
assert np.isclose(p(3), 10)
assert np.isclose(p.deriv()(2), 4)
assert np.allclose(p.roots().imag**2, 1)
""",
        (
            """
def fit_parabola(x, y):
    return np.polynomial.Polynomial.fit(x, y, 2)
""",
            """
from numpy.polynomial import Polynomial, polynomial
def fit_parabola(x, y):
    return Polynomial(polynomial.polyfit(x, y, deg=2))
""",
        ),
        given="import numpy as np",
    ),
    Exercise(
        "symbolic",
        """
x = sp.symbols("x")
assert derivative == 2 * x * sp.exp(x) + x**2 * sp.exp(x) or sp.simplify(derivative - sp.diff(x**2 * sp.exp(x), x)) == 0
assert set(zeros) == {-2, 0}
assert sp.integrate(sp.sin(x), (x, 0, area_limit)) == 2
""",
        (
            """
x = sp.Symbol("x")
derivative = sp.diff(x**2 * sp.exp(x), x)
zeros = sp.solve(derivative, x)
area_limit = sp.pi
""",
            """
x = sp.symbols("x")
derivative = x * (x + 2) * sp.exp(x)
zeros = [sp.Integer(0), -2]
area_limit = sp.pi
""",
        ),
        ("x = sp.symbols('x')\nderivative = 2 * x * sp.exp(x)\nzeros = [0]\narea_limit = 3.14",),
        given="import sympy as sp",
    ),
    Exercise(
        "structured",
        """
assert stars.dtype.names == ("name", "mag", "hot")
assert stars.shape == (3,)
assert stars["mag"].mean() == np.float32(0.5)
assert stars[stars["hot"]]["name"].tolist() == ["Sirius"]
brightest = stars[np.argmin(stars["mag"])]
assert brightest["name"] == "Sirius"
assert stars.dtype["mag"] == np.float32
""",
        (
            """
stars = np.array([("Sirius", -1.5, True), ("Vega", 0.0, False), ("Aldebaran", 3.0, False)],
                 dtype=[("name", "U10"), ("mag", "f4"), ("hot", bool)])
""",
            """
stars = np.zeros(3, dtype={"names": ["name", "mag", "hot"], "formats": ["<U12", np.float32, "?"]})
stars["name"] = "Sirius", "Vega", "Aldebaran"
stars["mag"] = [-1.5, 0, 3]
stars["hot"][0] = True
""",
        ),
        given="import numpy as np",
    ),
    Exercise(
        "masked_nan",
        """
values = np.array([1.0, np.nan, 3.0, -999.0])
masked = clean(values)
assert np.ma.isMaskedArray(masked)
assert masked.count() == 2
assert masked.mean() == 2.0
assert masked.mask.tolist() == [False, True, False, True]
assert np.ma.is_masked(masked[1])
assert masked.filled(0).tolist() == [1, 0, 3, 0]
""",
        (
            """
def clean(values):
    return np.ma.masked_where(np.isnan(values) | (values == -999), values)
""",
            """
def clean(values):
    return np.ma.array(values, mask=[v != v or v == -999 for v in values])
""",
        ),
        given="import numpy as np",
    ),
    Exercise(
        "sparse_laplace",
        """
import scipy.sparse as sp_sparse
L = laplacian(4)
assert sp_sparse.issparse(L)
assert L.shape == (4, 4) and L.nnz == 10
dense = L.toarray()
assert (dense == dense.T).all()
assert np.array_equal(dense[1], [-1, 2, -1, 0])
from scipy.sparse.linalg import spsolve
x = spsolve(L.tocsc(), np.ones(4))
np.testing.assert_allclose(L @ x, 1)
""",
        (
            """
from scipy import sparse
def laplacian(n):
    return sparse.diags([-1, 2, -1], [-1, 0, 1], shape=(n, n))
""",
            """
import scipy.sparse
def laplacian(n):
    m = scipy.sparse.lil_matrix((n, n))
    for i in range(n):
        m[i, i] = 2
        if i:
            m[i, i - 1] = m[i - 1, i] = -1
    return m.tocsr()
""",
        ),
        ("def laplacian(n):\n    return 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)",),
        given="import numpy as np",
    ),
    Exercise(
        "no_loops",
        """
import inspect, ast
tree = ast.parse(inspect.getsource(pairwise_distances))
assert not any(isinstance(node, (ast.For, ast.While, ast.ListComp)) for node in ast.walk(tree)), "no loops please"
X = np.random.rand(20, 3)
D = pairwise_distances(X)
from scipy.spatial.distance import cdist
np.testing.assert_allclose(D, cdist(X, X), atol=1e-7)
""",
        (
            """
def pairwise_distances(X):
    return np.sqrt(((X[:, None] - X[None]) ** 2).sum(axis=-1))
""",
            """
def pairwise_distances(X):
    squares = np.einsum("ij,ij->i", X, X)
    D = squares[:, None] + squares - 2 * X @ X.T
    np.fill_diagonal(D, 0)
    return np.sqrt(np.maximum(D, 0))
""",
        ),
        ("def pairwise_distances(X):\n    return np.array([[np.linalg.norm(a - b) for a in X] for b in X])",),
        given="import numpy as np",
    ),
    Exercise(
        "gradient_callback",
        """
from scipy import optimize
for x0 in ([0.0, 0.0], [-1.2, 1.0]):
    assert optimize.check_grad(rosen, rosen_grad, x0) < 1e-5
result = optimize.minimize(rosen, [-1.2, 1.0], jac=rosen_grad, method="BFGS")
assert result.success and np.allclose(result.x, 1, atol=1e-4)
assert best.fun < 1e-6
assert "success" in best and best["success"]
assert len(path) == best.nit
assert all(rosen(b) <= rosen(a) + 1e-9 for a, b in zip(path, path[1:]))
""",
        (
            """
def rosen(v):
    x, y = v
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2
def rosen_grad(v):
    x, y = v
    return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])
path = []
best = minimize(rosen, [0.0, 0.0], jac=rosen_grad, callback=lambda v: path.append(v.copy()))
""",
            """
def rosen(v):
    return 100 * (v[1] - v[0] ** 2) ** 2 + (v[0] - 1) ** 2
def rosen_grad(v):
    g = np.zeros(2)
    g[1] = 200 * (v[1] - v[0] ** 2)
    g[0] = 2 * (v[0] - 1) - 2 * v[0] * g[1]
    return g
path = []
def remember(intermediate):
    path.append(np.array(intermediate))
precise = {"ftol": 1e-15}
best = minimize(rosen, x0=np.zeros(2), jac=rosen_grad, method="L-BFGS-B", callback=remember, options=precise)
""",
        ),
        given="import numpy as np\nfrom scipy.optimize import minimize",
    ),
]
