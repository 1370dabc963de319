"""Exercises of data science: pandas, plots, machine learning."""

from tests.grading.fidelity.exercise import Exercise

EXERCISES = [
    Exercise(
        "load_clean",
        """
assert isinstance(sales, pd.DataFrame)
assert list(sales.columns) == ["day", "shop", "units", "price"]
assert pd.api.types.is_datetime64_any_dtype(sales["day"])
assert sales["units"].isna().sum() == 0
assert sales.shape == (5, 4)
assert sales["units"].dtype.kind in "if"
assert sales.loc[sales["shop"] == "south", "units"].tolist() == [2, 0]
assert sales.index.is_unique
""",
        (
            """
sales = pd.read_csv("sales.csv", parse_dates=["day"])
sales = sales.drop_duplicates()
sales["units"] = sales["units"].fillna(0)
""",
            """
sales = pd.read_csv("sales.csv")
sales.drop_duplicates(inplace=True, ignore_index=True)
sales.day = pd.to_datetime(sales.day)
sales.fillna({"units": 0}, inplace=True)
sales = sales.astype({"units": int})
""",
        ),
        ("sales = pd.read_csv('sales.csv')",),
        given="import pandas as pd",
        files={
            "sales.csv": (
                "day,shop,units,price\n2024-01-01,north,3,2.0\n2024-01-02,south,2,2.5\n2024-01-02,south,2,2.5\n"
                "2024-02-01,south,,2.5\n2024-02-03,north,4,2.0\n2024-03-09,west,1,3.0\n"
            )
        },
    ),
    Exercise(
        "groupby_mean",
        """
expected = pd.Series({"a": 2.0, "b": 5.0}, name="value")
expected.index.name = "key"
pd.testing.assert_series_equal(mean_by_key(kv), expected)
assert list(kv.columns) == ["key", "value"], "do not add columns"
counts = kv.groupby("key").size()
assert (mean_by_key(kv) * counts).sum() == kv["value"].sum()
""",
        (
            "def mean_by_key(df):\n    return df.groupby('key')['value'].mean()",
            """
def mean_by_key(df):
    table = df.pivot_table(index="key", values="value", aggfunc="mean")
    return table["value"]
""",
        ),
        ("def mean_by_key(df):\n    return df.groupby('key')[['value']].mean()",),
        given="""
import pandas as pd
kv = pd.DataFrame({"key": list("abab"), "value": [1, 4, 3, 6]})
""",
    ),
    Exercise(
        "merge_orders",
        """
merged = join_orders(customers, orders)
assert len(merged) == 4
assert merged["name"].isnull().sum() == 0
assert merged.query("name == 'Cid'")["amount"].isna().all()
assert set(merged.columns) >= {"id", "name", "amount"}
pd.testing.assert_frame_equal(
    merged[["id", "amount"]].sort_values(["id", "amount"]).reset_index(drop=True),
    pd.DataFrame({"id": [1, 1, 2, 3], "amount": [5.0, 7.0, 1.0, np.nan]}),
)
""",
        (
            "def join_orders(customers, orders):\n    return customers.merge(orders, on='id', how='left')",
            """
def join_orders(customers, orders):
    return customers.set_index("id").join(orders.set_index("id")).reset_index()
""",
        ),
        ("def join_orders(customers, orders):\n    return pd.merge(customers, orders)",),
        given="""
import numpy as np
import pandas as pd
customers = pd.DataFrame({"id": [1, 2, 3], "name": ["Ann", "Bo", "Cid"]})
orders = pd.DataFrame({"id": [1, 2, 1], "amount": [5.0, 1.0, 7.0]})
""",
    ),
    Exercise(
        "pivot",
        """
assert wide.shape == (2, 3)
assert wide.loc["Oslo", 2021] == 7
assert wide.index.name == "city" and wide.columns.name == "year"
assert wide.columns.tolist() == [2020, 2021, 2022]
assert np.isnan(wide.loc["Rome", 2022])
assert wide.notna().to_numpy().sum() == 5
""",
        (
            "wide = temps.pivot(index='city', columns='year', values='degrees')",
            "wide = temps.set_index(['city', 'year'])['degrees'].unstack()",
        ),
        ("wide = temps.pivot(index='year', columns='city', values='degrees')",),
        given="""
import numpy as np
import pandas as pd
temps = pd.DataFrame({
    "city": ["Oslo", "Oslo", "Oslo", "Rome", "Rome"],
    "year": [2020, 2021, 2022, 2020, 2021],
    "degrees": [6.0, 7.0, 6.5, 15.0, 16.0],
})
""",
    ),
    Exercise(
        "add_column",
        """
assert "bmi" in people.columns
assert people["bmi"].round(1).tolist() == [22.9, 27.8]
assert people.loc[people["bmi"].idxmax(), "name"] == "Bo"
assert people["class"].dtype == "category"
assert list(people["class"].cat.categories) == ["normal", "over"]
assert people["class"].cat.ordered
assert people["class"].value_counts()["over"] == 1
""",
        (
            """
people["bmi"] = people["kg"] / people["m"] ** 2
people["class"] = pd.cut(people["bmi"], [0, 25, 100], labels=["normal", "over"])
""",
            """
people = people.assign(bmi=lambda d: d.kg / d.m.pow(2))
kinds = pd.CategoricalDtype(["normal", "over"], ordered=True)
people["class"] = people.bmi.apply(lambda b: "over" if b > 25 else "normal").astype(kinds)
""",
        ),
        given="""
import pandas as pd
people = pd.DataFrame({"name": ["Al", "Bo"], "kg": [70.0, 90.0], "m": [1.75, 1.8]})
""",
    ),
    Exercise(
        "apply_function",
        """
s = pd.Series(["  Ada LOVELACE", "bob  ", None])
result = s.apply(tidy)
assert result.tolist() == ["Ada Lovelace", "Bob", "unknown"]
assert s.map(tidy).str.len().sum() == 22
frame = pd.DataFrame({"x": [1, 2], "y": [3, 4]})
assert frame.apply(spread, axis=1).tolist() == [2, 2]
assert frame.agg(spread).to_dict() == {"x": 1, "y": 1}
assert frame.groupby("x")["y"].transform(lambda c: spread(c)).sum() == 0
""",
        (
            """
def tidy(name):
    if pd.isna(name):
        return "unknown"
    return name.strip().title()
def spread(values):
    return values.max() - values.min()
""",
            """
def tidy(name):
    return " ".join(part.capitalize() for part in name.split()) if isinstance(name, str) else "unknown"
spread = lambda v: max(v) - min(v)
""",
        ),
        given="import pandas as pd",
    ),
    Exercise(
        "time_series",
        """
assert isinstance(monthly.index, pd.DatetimeIndex) or isinstance(monthly.index, pd.PeriodIndex)
assert len(monthly) == 3
assert monthly.iloc[0] == 31
assert rolling.isna().sum() == 6
assert np.isclose(rolling.iloc[-1], 1.0)
assert daily["2024-02"].sum() == 29
assert monthly.sum() == daily.sum()
assert weekend_share == np.mean(daily.index.dayofweek >= 5)
assert daily.index.freq is not None or pd.infer_freq(daily.index) == "D"
""",
        (
            """
daily = pd.Series(1, index=pd.date_range("2024-01-01", "2024-03-31"))
monthly = daily.resample("MS").sum()
rolling = daily.rolling(7).mean()
weekend_share = (daily.index.dayofweek >= 5).mean()
""",
            """
days = pd.date_range(start="2024-01-01", periods=91, freq="D")
daily = pd.Series(np.ones(91, dtype=int), index=days)
monthly = daily.groupby(daily.index.to_period("M")).sum()
rolling = daily.rolling(window=7, min_periods=7).mean()
weekend_share = sum(day.day_name() in ("Saturday", "Sunday") for day in days) / len(days)
""",
        ),
        given="import numpy as np\nimport pandas as pd",
    ),
    Exercise(
        "multiindex",
        """
assert isinstance(summary.index, pd.MultiIndex)
assert summary.index.names == ["shop", "kind"]
assert summary.loc[("n", "tea"), "mean"] == 3
assert summary.xs("tea", level="kind")["max"].max() == 4
assert list(summary.columns) == ["mean", "max"]
assert summary.loc["s"].index.tolist() == ["tea"]
for (shop, kind), row in summary.iterrows():
    assert row["max"] >= row["mean"]
""",
        (
            "summary = till.groupby(['shop', 'kind'])['sum'].agg(['mean', 'max'])",
            "summary = till.groupby(['shop', 'kind']).agg(mean=('sum', 'mean'), max=('sum', 'max'))",
        ),
        ("summary = till.groupby('shop')['sum'].agg(['mean', 'max'])",),
        given="""
import pandas as pd
till = pd.DataFrame({"shop": list("nnns"), "kind": ["tea", "tea", "bun", "tea"], "sum": [2, 4, 1, 3]})
""",
    ),
    Exercise(
        "missing_values",
        """
before = holes.copy(deep=True)
filled = impute(holes)
pd.testing.assert_frame_equal(holes, before)
assert filled.isnull().values.any() == False
assert filled["a"].tolist() == [1, 2, 3]
assert filled["b"].tolist() == ["x", "missing", "y"]
assert filled is not holes
""",
        (
            """
def impute(df):
    df = df.copy()
    for column in df:
        if pd.api.types.is_numeric_dtype(df[column]):
            df[column] = df[column].fillna(df[column].mean())
        else:
            df[column] = df[column].fillna("missing")
    return df
""",
            """
def impute(df):
    numbers = df.select_dtypes("number")
    return df.fillna(numbers.mean().to_dict()).fillna("missing")
""",
        ),
        (
            """
def impute(df):
    df["a"] = df["a"].fillna(df["a"].mean())
    df["b"] = df["b"].fillna("missing")
    return df
""",
        ),
        given="""
import pandas as pd
holes = pd.DataFrame({"a": [1.0, None, 3.0], "b": ["x", None, "y"]})
""",
    ),
    Exercise(
        "line_plot",
        """
fig, ax = plot_wave(2)
assert isinstance(fig, plt.Figure)
assert isinstance(ax, plt.Axes)
assert ax.get_xlabel() == "time" and ax.get_ylabel() != ""
line = ax.lines[0]
x, y = line.get_data()
np.testing.assert_allclose(y, np.sin(2 * x))
assert line.get_color() in ("r", "red")
assert line.get_linestyle() == "--"
assert len(x) >= 100
assert ax.get_legend() is not None
assert ax.get_legend().get_texts()[0].get_text() == "sine"
assert ax.get_title().startswith("Wave")
plt.close(fig)
""",
        (
            """
def plot_wave(k):
    x = np.linspace(0, 10, 200)
    fig, ax = plt.subplots()
    ax.plot(x, np.sin(k * x), "r--", label="sine")
    ax.set_xlabel("time")
    ax.set_ylabel("amplitude")
    ax.set_title("Wave")
    ax.legend()
    return fig, ax
""",
            """
def plot_wave(k):
    fig = plt.figure(figsize=(4, 3))
    ax = fig.add_subplot(111)
    t = np.arange(0, 6, 0.01)
    plt.plot(t, np.sin(k * t), color="red", linestyle="dashed", label="sine")
    plt.xlabel("time")
    plt.ylabel("y")
    plt.title(f"Wave of frequency {k}")
    plt.legend(loc="upper right")
    return fig, plt.gca()
""",
        ),
        (
            """
def plot_wave(k):
    x = np.linspace(0, 10, 200)
    fig, ax = plt.subplots()
    ax.plot(x, np.cos(k * x), "r--", label="sine")
    ax.set(xlabel="time", ylabel="y", title="Wave")
    ax.legend()
    return fig, ax
""",
        ),
        given="import matplotlib\nimport matplotlib.pyplot as plt\nimport numpy as np",
    ),
    Exercise(
        "histogram_axis",
        """
fig, (left, right) = plt.subplots(1, 2)
counts = draw_histogram([1, 2, 2, 3, 3, 3], left, bins=3)
assert len(left.patches) == 3
assert [p.get_height() for p in left.patches] == [1, 2, 3]
assert len(right.patches) == 0
assert list(counts) == [1, 2, 3]
assert left.get_title() == "6 values"
plt.close("all")
""",
        (
            """
def draw_histogram(values, ax, bins=10):
    counts, edges, patches = ax.hist(values, bins=bins)
    ax.set_title(f"{len(values)} values")
    return counts
""",
            """
def draw_histogram(values, ax, bins=10):
    heights, edges = np.histogram(values, bins)
    ax.bar(edges[:-1], heights, width=np.diff(edges), align="edge")
    ax.set(title="%d values" % len(values))
    return heights
""",
        ),
        (
            """
def draw_histogram(values, ax, bins=10):
    counts, edges, patches = plt.hist(values, bins=bins)
    plt.title(f"{len(values)} values")
    return counts
""",
        ),
        given="import matplotlib.pyplot as plt\nimport numpy as np",
    ),
    Exercise(
        "scatter_global",
        """
assert axes.shape == (2,)
assert len(axes[0].collections) == 1
offsets = axes[0].collections[0].get_offsets()
assert np.asarray(offsets).shape == (5, 2)
assert axes[1].get_yscale() == "log"
assert axes[0].get_xlim()[0] <= 0 <= axes[0].get_xlim()[1]
assert figure.get_suptitle() == "Two views"
assert len(figure.axes) == 2
""",
        (
            """
figure, axes = plt.subplots(ncols=2)
axes[0].scatter(range(5), range(5))
axes[1].plot([1, 10, 100])
axes[1].set_yscale("log")
figure.suptitle("Two views")
""",
            """
figure, axes = plt.subplots(1, 2, figsize=(6, 3))
figure.suptitle("Two views")
points = np.random.rand(5, 2)
axes[0].scatter(points[:, 0], points[:, 1], c="k")
axes[0].set_xlim(0, 1)
axes[1].semilogy(np.exp(np.arange(5)))
""",
        ),
        given="import matplotlib.pyplot as plt\nimport numpy as np",
        review=True,
    ),
    Exercise(
        "pandas_plot",
        """
ax = bar_chart(pd.Series({"x": 3, "y": 5}))
assert [label.get_text() for label in ax.get_xticklabels()] == ["x", "y"]
assert [p.get_height() for p in ax.patches] == [3, 5]
plt.close()
""",
        (
            "def bar_chart(series):\n    return series.plot(kind='bar')",
            """
def bar_chart(series):
    _, ax = plt.subplots()
    ax.bar(series.index, series.values)
    return ax
""",
        ),
        given="import matplotlib.pyplot as plt\nimport pandas as pd",
    ),
    Exercise(
        "classifier",
        """
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted
check_is_fitted(model)
assert is_classifier(model)
assert isinstance(model, LogisticRegression)
assert model.score(X_test, y_test) > 0.8
prediction = model.predict(X_test)
assert prediction.shape == y_test.shape
assert set(np.unique(prediction)) <= {0, 1, 2}
assert model.coef_.shape == (3, 4)
assert model.get_params()["C"] == 0.5
assert np.allclose(model.predict_proba(X_test).sum(axis=1), 1)
assert X_train.shape[0] == 105
""",
        (
            """
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)
model = LogisticRegression(C=0.5, max_iter=1000).fit(X_train, y_train)
""",
            """
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=0.7, random_state=3)
model = LogisticRegression(max_iter=2000)
model.set_params(C=0.5)
model.fit(X_train, y_train)
""",
        ),
        (
            """
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
model = LogisticRegression(C=0.5)
""",
        ),
        given="""
import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
X, y = load_iris(return_X_y=True)
""",
    ),
    Exercise(
        "pipeline_ml",
        """
from sklearn.pipeline import Pipeline
from sklearn.model_selection import cross_val_score
pipe = make_pipeline_for(3)
assert isinstance(pipe, Pipeline)
assert len(pipe.steps) == 2
assert isinstance(pipe[0], StandardScaler)
assert pipe[-1].n_neighbors == 3
scores = cross_val_score(pipe, X, y, cv=3)
assert scores.mean() > 0.9
pipe.fit(X, y)
assert (pipe.predict(X) == y).mean() > 0.9
""",
        (
            """
from sklearn.pipeline import make_pipeline
from sklearn.neighbors import KNeighborsClassifier
def make_pipeline_for(k):
    return make_pipeline(StandardScaler(), KNeighborsClassifier(k))
""",
            """
from sklearn import pipeline, neighbors
def make_pipeline_for(k):
    return pipeline.Pipeline([("scale", StandardScaler()), ("knn", neighbors.KNeighborsClassifier(n_neighbors=k))])
""",
        ),
        given="""
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler
X, y = load_iris(return_X_y=True)
""",
    ),
    Exercise(
        "own_estimator",
        """
from sklearn.base import BaseEstimator, clone
est = MeanRegressor()
assert isinstance(est, BaseEstimator)
assert est.fit(np.zeros((3, 1)), np.array([1.0, 2.0, 6.0])) is est
assert est.mean_ == 3
assert est.predict(np.zeros((2, 1))).tolist() == [3, 3]
assert est.score(np.zeros((3, 1)), np.array([1.0, 2.0, 6.0])) == 0
copy = clone(est)
assert not hasattr(copy, "mean_")
assert est.get_params() == {"offset": 0}
assert MeanRegressor(offset=2).fit([[0]], np.array([1.0])).predict([[0]])[0] == 3
""",
        (
            """
from sklearn.base import BaseEstimator, RegressorMixin
class MeanRegressor(RegressorMixin, BaseEstimator):
    def __init__(self, offset=0):
        self.offset = offset
    def fit(self, X, y):
        self.mean_ = np.mean(y)
        return self
    def predict(self, X):
        return np.full(len(X), self.mean_ + self.offset)
""",
            """
import sklearn.base
class MeanRegressor(sklearn.base.RegressorMixin, sklearn.base.BaseEstimator):
    def __init__(self, *, offset=0):
        self.offset = offset
    def fit(self, X, y=None):
        total = 0
        for value in y:
            total += value
        self.mean_ = total / len(y)
        return self
    def predict(self, X):
        return np.ones(np.shape(X)[0]) * (self.mean_ + self.offset)
""",
        ),
        given="import numpy as np",
    ),
    Exercise(
        "kmeans_steps",
        """
points = np.vstack([np.random.RandomState(0).normal(c, 0.1, size=(20, 2)) for c in (0, 5)])
centres, labels = kmeans(points, points[[0, 25]])
assert centres.shape == (2, 2)
assert labels.shape == (40,) and issubclass(labels.dtype.type, np.integer)
assert np.allclose(centres, [[0, 0], [5, 5]], atol=0.2)
assert (np.bincount(labels) == 20).all()
from sklearn.cluster import KMeans
reference = KMeans(2, n_init=1, random_state=0).fit(points)
from sklearn.metrics import adjusted_rand_score
assert adjusted_rand_score(reference.labels_, labels) == 1
""",
        (
            """
def kmeans(points, centres, steps=10):
    for _ in range(steps):
        labels = np.linalg.norm(points[:, None] - centres, axis=2).argmin(axis=1)
        centres = np.array([points[labels == k].mean(axis=0) for k in range(len(centres))])
    return centres, labels
""",
            """
from scipy.cluster.vq import kmeans2
def kmeans(points, centres):
    return kmeans2(points, centres, minit="matrix")
""",
        ),
        ("def kmeans(points, centres):\n    return centres, np.zeros(len(points), dtype=int)",),
        given="import numpy as np",
    ),
    Exercise(
        "metrics",
        """
rng = np.random.default_rng(5)
from sklearn.metrics import f1_score, confusion_matrix
for _ in range(10):
    truth, guess = rng.integers(0, 2, size=(2, 30))
    assert np.isclose(my_f1(truth, guess), f1_score(truth, guess))
    np.testing.assert_array_equal(my_confusion(truth, guess), confusion_matrix(truth, guess))
""",
        (
            """
def my_confusion(truth, guess):
    table = np.zeros((2, 2), dtype=int)
    for t, g in zip(truth, guess):
        table[t, g] += 1
    return table
def my_f1(truth, guess):
    (tn, fp), (fn, tp) = my_confusion(truth, guess)
    return 2 * tp / (2 * tp + fp + fn)
""",
            """
import pandas as pd
def my_confusion(truth, guess):
    return pd.crosstab(truth, guess).to_numpy()
def my_f1(truth, guess):
    tp = np.sum(truth & guess)
    precision, recall = tp / guess.sum(), tp / truth.sum()
    return 2 * precision * recall / (precision + recall)
""",
        ),
        (
            """
def my_confusion(truth, guess):
    return np.zeros((2, 2))
def my_f1(truth, guess):
    return np.mean(truth == guess)
""",
        ),
        given="import numpy as np",
    ),
    Exercise(
        "describe_series",
        """
info = summarise(pd.Series([1, 2, 3, 4], name="n"))
assert isinstance(info, pd.Series)
assert info.index.tolist() == ["mean", "median", "range"]
assert info["mean"] == 2.5 and info.loc["range"] == 3
assert info.name == "n"
assert summarise(pd.Series([5.0])).to_dict() == {"mean": 5, "median": 5, "range": 0}
""",
        (
            """
def summarise(s):
    return pd.Series({"mean": s.mean(), "median": s.median(), "range": s.max() - s.min()}, name=s.name)
""",
            """
def summarise(s):
    result = s.agg(["mean", "median"])
    result["range"] = np.ptp(s)
    return result
""",
        ),
        ("def summarise(s):\n    return s.describe()",),
        given="import numpy as np\nimport pandas as pd",
    ),
]
