"""Data that comes batch by batch: generators, data sets, loaders, sparse matrices, tables; the same as arrays."""

import os
import threading
import tracemalloc
import warnings

import numpy as np
import pytest

import pymlp as keras
from pymlp.data.tables import table_to_array

ROWS, SIZE = 22, 4
RNG = np.random.default_rng(3)
X = RNG.normal(size=(ROWS, 5)).astype("float32")
X[RNG.random(X.shape) < 0.5] = 0
Y = RNG.normal(size=(ROWS, 1)).astype("float32")
W = RNG.random(ROWS).astype("float32")


def model():
    dense = keras.layers.Dense(1, kernel_initializer="ones")
    made = keras.Sequential([dense])
    made.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
    return made


def batches(*arrays, size=SIZE):
    for start in range(0, len(arrays[0]), size):
        yield tuple(array[start : start + size] for array in arrays)


class Numbered(keras.utils.PyDataset):
    def __init__(self, *arrays, **kwargs):
        super().__init__(**kwargs)
        self.items = list(batches(*arrays))
        self.asked, self.began, self.ended = [], 0, 0

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        self.asked.append(index)
        return self.items[index]

    def on_epoch_begin(self):
        self.began += 1

    def on_epoch_end(self):
        self.ended += 1


class OfProcesses(Numbered):
    """Batches that fail where they are not asked for by another process."""

    def __init__(self, *arrays, broken=None, **kwargs):
        super().__init__(*arrays, **kwargs)
        self.broken, self.home = broken, os.getpid()

    def __getitem__(self, index):
        assert os.getpid() != self.home
        if index == self.broken:
            raise OSError("the disk is gone")
        return super().__getitem__(index)


class Loader:
    """As PyTorch's: iterated over anew for every epoch, giving lists of tensors."""

    class Tensor:
        def __init__(self, array):
            self._array = array
            self.shape = array.shape

        def __len__(self):
            return len(self._array)

        def detach(self):
            return self

        cpu = detach

        def numpy(self):
            return self._array

    def __init__(self, *arrays):
        self.arrays = arrays

    def __len__(self):
        return -(-len(self.arrays[0]) // SIZE)

    def __iter__(self):
        for batch in batches(*self.arrays):
            yield [self.Tensor(array) for array in batch]


class Unending(Loader):
    """Does not say how long it is."""

    __len__ = None


def sparse(*arrays):
    import scipy.sparse

    return scipy.sparse.csr_matrix(arrays[0])


STREAMS = {
    "data set": Numbered,
    "workers": lambda *arrays: Numbered(*arrays, workers=3, max_queue_size=2),
    "loader": Loader,
    "list of batches": lambda *arrays: iter(list(batches(*arrays))),
    "generator": batches,
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", STREAMS)
def test_the_same_as_arrays(kind, weighted):
    arrays = (X, Y, W) if weighted else (X, Y)
    make = STREAMS[kind]
    expected, found = model(), model()
    weight = W if weighted else None
    one = expected.fit(X, Y, SIZE, sample_weight=weight, shuffle=False, verbose=0).history
    assert found.fit(make(*arrays), shuffle=False, verbose=0).history == one
    for a, b in zip(expected.get_weights(), found.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    measured = expected.evaluate(X, Y, SIZE, sample_weight=weight, verbose=0)
    assert found.evaluate(make(*arrays), verbose=0) == measured
    np.testing.assert_array_equal(found.predict(make(X), verbose=0), expected.predict(X, verbose=0))


@pytest.mark.parametrize("kind", ["data set", "loader"])
def test_several_epochs_and_validation(kind):
    make = STREAMS[kind]
    expected, found = model(), model()
    one = expected.fit(
        X, Y, SIZE, epochs=3, shuffle=False, validation_data=(X, Y), verbose=0
    ).history
    again = found.fit(
        make(X, Y), epochs=3, shuffle=False, validation_data=make(X, Y), verbose=0
    ).history
    assert again == one


class TestDataSets:
    def test_are_told_of_epochs_and_shuffled(self):
        data = Numbered(X, Y)
        keras.utils.set_random_seed(0)
        model().fit(data, epochs=2, verbose=0)
        assert (data.began, data.ended) == (2, 2)
        first, second = data.asked[:6], data.asked[6:]
        assert sorted(first) == sorted(second) == list(range(6))
        assert first != second

    @pytest.mark.parametrize("kind", ["data set", "loader", "sparse"])
    def test_fewer_steps_go_on_where_they_stopped(self, kind):
        """And the epoch in which the data ends is short, as with arrays."""
        arguments = {"epochs": 3, "steps_per_epoch": 4, "shuffle": False, "verbose": 0}
        data = Numbered(X, Y)
        one, other = model(), model()
        text = "Your input ran out of data: epoch 2 of fit has 2 of its 4 batches"
        with pytest.warns(UserWarning, match=text):
            expected = one.fit(X, Y, SIZE, **arguments).history
        given = {"data set": (data,), "loader": (Loader(X, Y),), "sparse": (sparse(X), Y, SIZE)}[
            kind
        ]
        with pytest.warns(UserWarning, match=text):
            assert other.fit(*given, **arguments).history == expected
        if kind == "data set":
            assert data.asked == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3]
            assert (data.began, data.ended) == (3, 3)

    def test_every_validation_begins_with_the_first(self):
        data = Numbered(X, Y)
        model().fit(X, Y, epochs=3, validation_data=data, validation_steps=2, verbose=0)
        assert data.asked == [0, 1, 0, 1, 0, 1]

    def test_are_told_of_evaluations_and_predictions(self):
        for call in ("evaluate", "predict"):
            data = Numbered(X, Y)
            getattr(model(), call)(data, verbose=0)
            assert (data.began, data.ended) == (1, 1)

    def test_fewer_batches_than_steps(self):
        with pytest.warns(UserWarning, match="Your input ran out of data: evaluate has 6 of 9"):
            model().evaluate(Numbered(X, Y), steps=9, verbose=0)
        with pytest.warns(UserWarning, match="Your input ran out of data: validation has 6 of 9"):
            model().fit(X, Y, validation_data=Numbered(X, Y), validation_steps=9, verbose=0)

    def test_items_may_be_lists(self):
        class Lists(Numbered):
            def __getitem__(self, index):
                return list(super().__getitem__(index))

        one, other = model(), model()
        expected = one.fit(Numbered(X, Y, W), shuffle=False, verbose=0).history
        assert other.fit(Lists(X, Y, W), shuffle=False, verbose=0).history == expected

    # Warnings of processes that are made by fork: Python's own, and JAX's if a test before has imported it.
    @pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
    @pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
    @pytest.mark.parametrize("workers", [1, 2])
    def test_processes_make_batches_in_advance(self, workers):
        data = OfProcesses(X, Y, workers=workers, use_multiprocessing=True)
        one, other = model(), model()
        expected = one.fit(X, Y, SIZE, 2, shuffle=False, verbose=0).history
        assert other.fit(data, epochs=2, shuffle=False, verbose=0).history == expected
        assert data.asked == []  # by this process
        with pytest.raises(OSError, match="the disk is gone"):
            model().fit(
                OfProcesses(X, Y, workers=workers, use_multiprocessing=True, broken=3), verbose=0
            )

    def test_threads_make_batches_in_advance(self):
        class Noting(Numbered):
            def __getitem__(self, index):
                names.add(threading.current_thread().name)
                return super().__getitem__(index)

        names = set()
        model().fit(Noting(X, Y, workers=2), verbose=0)
        assert threading.main_thread().name not in names

    def test_its_errors_are_its_own(self):
        class Broken(Numbered):
            def __getitem__(self, index):
                if index == 3:
                    raise OSError("the disk is gone")
                return super().__getitem__(index)

        for workers in (1, 2):
            with pytest.raises(OSError, match="the disk is gone"):
                model().fit(Broken(X, Y, workers=workers), shuffle=False, verbose=0)


class TestGenerators:
    def test_without_end(self):
        def forever():
            while True:
                yield from batches(X, Y)

        made, expected = model(), model()
        history = made.fit(forever(), steps_per_epoch=6, epochs=2, verbose=0).history
        assert history == expected.fit(X, Y, SIZE, 2, shuffle=False, verbose=0).history
        assert made.predict(forever(), steps=2, verbose=0).shape == (8, 1)

    def test_that_ends_too_early(self):
        """Of 6 batches, the second epoch has the last two; the epochs after that have the first two."""
        with pytest.warns(
            UserWarning, match="input ran out of data: epoch . of fit has 2 of"
        ) as told:
            history = model().fit(batches(X, Y), steps_per_epoch=4, epochs=4, verbose=0).history
        assert [str(warning.message)[28:35] for warning in told] == [
            "epoch 2",
            "epoch 3",
            "epoch 4",
        ]
        first, last = slice(0, 2 * SIZE), slice(4 * SIZE, None)
        expected, losses = model(), []
        for rows in (slice(0, 4 * SIZE), last, first, first):
            again = expected.fit(X[rows], Y[rows], SIZE, shuffle=False, verbose=0)
            losses += again.history["loss"]
        assert history["loss"] == losses

    def test_nothing_left_for_an_epoch(self):
        """It has the logs of the one before, without those of its validation."""
        arguments = {"steps_per_epoch": 6, "validation_freq": 1, "verbose": 0}
        with pytest.warns(UserWarning, match="epoch 2 of fit has 0 of its 6 batches, .* first two"):
            history = (
                model().fit(batches(X, Y), epochs=2, validation_data=(X, Y), **arguments).history
            )
        assert history["loss"][0] == history["loss"][1]
        assert history["val_loss"][0] == history["val_loss"][1]

    def test_every_validation_starts_with_the_first_two(self):
        given = []

        def noted():
            for item in batches(X, Y):
                given.append(len(given))
                yield item

        seen = []

        class Noting(keras.callbacks.Callback):
            def on_test_end(self, logs=None):
                seen.append(len(given))

        model().fit(
            X, Y, epochs=3, validation_data=noted(), validation_steps=3, verbose=0,
            callbacks=[Noting()],
        )  # fmt: skip
        assert seen == [3, 4, 5]

    def test_gone_through_once_is_no_reason_to_warn(self):
        model().fit(batches(X, Y), verbose=0)
        model().evaluate(batches(X, Y), verbose=0)
        model().predict(batches(X), verbose=0)
        with pytest.warns(UserWarning, match="epoch 2 of fit has 2 of its 6 batches") as told:
            model().fit(batches(X, Y), epochs=2, verbose=0)
        assert len(told) == 1

    def test_empty(self):
        made = model()
        for call in (made.fit, made.evaluate, made.predict):
            with pytest.raises(ValueError, match="the data is empty: x gave no batch"):
                call(iter(()), verbose=0)
        assert not made.built

    def test_callbacks_count_batches_through(self):
        seen = []

        class Noting(keras.callbacks.Callback):
            def on_train_batch_begin(self, batch, logs=None):
                seen.append(("begin", batch))

            def on_train_batch_end(self, batch, logs=None):
                seen.append(("end", batch))

            def on_predict_batch_end(self, batch, logs=None):
                seen.append(("predict", batch, len(logs["outputs"])))

        made = model()
        made.fit(batches(X, Y), callbacks=[Noting()], verbose=0)
        assert seen == [(kind, i) for i in range(6) for kind in ("begin", "end")]
        seen.clear()
        made.predict(batches(X), callbacks=[Noting()], verbose=0)
        assert seen == [("predict", i, rows) for i, rows in enumerate([4, 4, 4, 4, 4, 2])]

    def test_stopping_in_between(self):
        class Stop(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                self.model.stop_training = batch == 1

        asked = []

        def noting():
            for item in batches(X, Y):
                asked.append(1)
                yield item

        model().fit(noting(), callbacks=[Stop()], epochs=3, verbose=0)
        assert len(asked) == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.fit(batches(X, Y), Y), "fit: y is part of the items of x, which is a generat"),
        (
            lambda m: m.evaluate(Numbered(X, Y), sample_weight=W),
            "evaluate: sample_weight is part of the items of x, which is a Numbered",
        ),
        (
            lambda m: m.fit(Numbered(X, Y), validation_split=0.5),
            "validation_split is for arrays; x is a Numbered",
        ),
        (lambda m: m.fit(batches(X, Y, W, W)), r"each item should be a tuple .*one of 4"),
        (lambda m: m.fit(batches(X)), "fit: y is missing"),
    ],
)
def test_what_is_refused(call, message):
    made = model()
    with pytest.raises(ValueError, match=message):
        call(made)
    assert not made.built


class TestSparse:
    scipy_sparse = pytest.importorskip("scipy.sparse", reason="SciPy is not installed")

    @pytest.mark.parametrize(
        "kind", ["csr_matrix", "csc_matrix", "coo_array", "dok_matrix", "lil_array"]
    )
    def test_the_same_as_dense(self, kind, monkeypatch):
        # Blocks of two batches.
        monkeypatch.setattr("pymlp.data.sparse._NUMBERS", 2 * SIZE * 7)
        x = getattr(self.scipy_sparse, kind)(X)
        expected, found = model(), model()
        one = expected.fit(X, Y, SIZE, sample_weight=W, shuffle=False, epochs=2, verbose=0)
        again = found.fit(x, Y, SIZE, sample_weight=W, shuffle=False, epochs=2, verbose=0)
        assert again.history == one.history
        assert found.evaluate(x, Y, SIZE, verbose=0) == expected.evaluate(X, Y, SIZE, verbose=0)
        np.testing.assert_array_equal(found.predict(x, verbose=0), expected.predict(X, verbose=0))

    def test_each_sample_once_an_epoch(self, monkeypatch):
        monkeypatch.setattr("pymlp.data.sparse._NUMBERS", 1)
        from pymlp.data.sparse import SparseRows

        stream = SparseRows(self.scipy_sparse.csr_matrix(X), Y, None, SIZE, "fit")
        blocks = list(stream.blocks(shuffle=True))
        assert [len(block.x) for block in blocks] == [4, 4, 4, 4, 4, 2]
        y = np.concatenate([block.y for block in blocks])
        assert (y != Y).any()
        order = [int(np.flatnonzero(Y[:, 0] == value)[0]) for value in y[:, 0]]
        assert sorted(order) == list(range(ROWS))
        np.testing.assert_array_equal(np.concatenate([block.x for block in blocks]), X[order])

    def test_the_last_part_is_split_off(self):
        one, other = model(), model()
        arguments = {
            "validation_split": 0.3,
            "validation_batch_size": 3,
            "shuffle": False,
            "verbose": 0,
        }
        expected = one.fit(X, Y, SIZE, 3, sample_weight=W, **arguments).history
        found = other.fit(sparse(X), Y, SIZE, 3, sample_weight=W, **arguments).history
        assert found == expected
        assert "val_loss" in found
        with pytest.raises(ValueError, match=r"cannot be split by validation_split=0\.99"):
            model().fit(sparse(X), Y, validation_split=0.99, verbose=0)

    def test_dicts_of_keys_within_a_dict(self):
        a, b = keras.Input((5,), name="a"), keras.Input((5,), name="b")
        made = keras.Model({"a": a, "b": b}, keras.layers.Dense(1)(keras.layers.Add()([a, b])))
        found = made.predict({"a": self.scipy_sparse.dok_matrix(X), "b": X}, verbose=0)
        np.testing.assert_array_equal(found, made.predict({"a": X, "b": X}, verbose=0))

    def test_is_never_dense_as_a_whole(self):
        """A matrix of 800 MB, of which blocks of 4 MB are."""
        rows, columns = 100_000, 2_000
        x = self.scipy_sparse.random_array(
            (rows, columns), density=1e-4, format="csr", dtype="f4", rng=np.random.default_rng(0)
        )
        made = keras.Sequential([keras.Input((columns,)), keras.layers.Dense(1)])
        made.compile("sgd", "mse")
        y = np.zeros(rows, "f4")
        tracemalloc.start()
        try:
            made.fit(x, y, 256, steps_per_epoch=20, epochs=2, verbose=0)
            made.evaluate(x, y, 256, steps=20, verbose=0)
            made.predict(x, 256, steps=20, verbose=0)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 40e6

    def test_other_numbers_of_samples(self):
        with pytest.raises(ValueError, match=r"have \[21, 22\] samples; they should be the same"):
            model().fit(self.scipy_sparse.csr_matrix(X), Y[1:], verbose=0)


class Table:
    """As a DataFrame: columns by name, which may be of different types."""

    def __init__(self, columns):
        self._columns = columns
        self.columns = list(columns)
        self.shape = (len(next(iter(columns.values()))), len(columns))

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, name):
        return self._columns[name]


class ArrowTable(Table):
    """As an Arrow table, whose ``columns`` are the columns themselves."""

    def __init__(self, columns):
        super().__init__(columns)
        self.column_names = self.columns
        self.columns = list(columns.values())


def _frame(library, x, **columns):
    frame = library.DataFrame({f"c{i}": x[:, i] for i in range(x.shape[1])} | columns)
    return frame


def _arrow(library, x, **columns):
    return library.table({f"c{i}": x[:, i] for i in range(x.shape[1])} | columns)


# (library, a table of it, a column of it)
TABLES = {
    "pandas": (
        "pandas",
        _frame,
        lambda library, a: library.Series(a, index=range(100, 100 + ROWS)),
    ),
    "pandas, nullable": (
        "pandas",
        lambda library, x, **columns: _frame(library, x, **columns).convert_dtypes(),
        lambda library, a: library.Series(a).convert_dtypes(),
    ),
    "polars": ("polars", _frame, lambda library, a: library.Series(a)),
    "Arrow": ("pyarrow", _arrow, lambda library, a: library.array(a)),
    "Arrow, in chunks": (
        "pyarrow",
        lambda library, x, **columns: library.concat_tables(
            [_arrow(library, x, **columns).slice(0, 9), _arrow(library, x, **columns).slice(9)]
        ),
        lambda library, a: library.chunked_array([a[:5], a[5:]]),
    ),
}


class TestTables:
    @pytest.mark.parametrize("kind", [Table, ArrowTable])
    def test_the_same_as_arrays(self, kind):
        columns = {f"c{i}": X[:, i].astype("f8" if i else "f4") for i in range(X.shape[1])}
        expected, found = model(), model()
        one = expected.fit(X, Y, SIZE, shuffle=False, verbose=0).history
        assert found.fit(kind(columns), Y, SIZE, shuffle=False, verbose=0).history == one

    @pytest.mark.parametrize("kind", [Table, ArrowTable])
    def test_columns_that_hold_no_numbers_are_named(self, kind):
        table = kind({"age": np.arange(3.0), "name": np.array(["a", "b", "c"])})
        with pytest.raises(ValueError, match=r"the columns {'name': '<U1'} of x hold no numbers"):
            model().predict(table, verbose=0)

    @pytest.mark.parametrize("kind", TABLES)
    def test_of_libraries(self, kind):
        library, table, column = TABLES[kind]
        module = pytest.importorskip(library, reason=f"{library} is not installed")
        one, other = model(), model()
        arguments = {"batch_size": SIZE, "epochs": 2, "shuffle": False, "verbose": 0}
        expected = one.fit(X, Y, sample_weight=W, **arguments).history
        x, y, w = table(module, X), column(module, Y[:, 0]), column(module, W)
        assert other.fit(x, y, sample_weight=w, **arguments).history == expected
        assert other.evaluate(x, y, sample_weight=w, verbose=0) == one.evaluate(
            X, Y, sample_weight=W, verbose=0
        )
        np.testing.assert_array_equal(other.predict(x, verbose=0), one.predict(X, verbose=0))

    @pytest.mark.parametrize("kind", TABLES)
    def test_of_libraries_with_text(self, kind):
        library, table, column = TABLES[kind]
        module = pytest.importorskip(library, reason=f"{library} is not installed")
        words = ["a"] * ROWS
        with pytest.raises(ValueError, match=r"the columns {'c1': .*} of x hold no numbers"):
            model().fit(table(module, X, c1=words), Y, verbose=0)
        with pytest.raises(ValueError, match="y should hold numbers or booleans"):
            model().fit(X, column(module, words), verbose=0)

    def test_columns_of_the_same_name_keep_their_places(self):
        pandas = pytest.importorskip("pandas", reason="pandas is not installed")
        frame = pandas.DataFrame(X, columns=["a", "b", "a", "c", "b"])
        np.testing.assert_array_equal(table_to_array(frame, "x", "fit"), X)

    def test_what_is_not_computed_yet(self):
        polars = pytest.importorskip("polars", reason="polars is not installed")
        frame = polars.DataFrame(X).lazy()
        with pytest.raises(ValueError, match=r"x is a LazyFrame.* give x.collect\(\)"):
            model().fit(frame, Y, verbose=0)


def test_tensors_of_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    one, other = model(), model()
    expected = one.fit(X, Y, SIZE, sample_weight=W, shuffle=False, verbose=0).history
    x, y, w = (torch.tensor(a, requires_grad=a is X) for a in (X, Y, W))
    assert other.fit(x, y, SIZE, sample_weight=w, shuffle=False, verbose=0).history == expected


def test_a_loader_of_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    data = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    loader = torch.utils.data.DataLoader(data, batch_size=SIZE)
    expected, found = model(), model()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        history = found.fit(loader, epochs=2, verbose=0).history
    assert history == expected.fit(X, Y, SIZE, 2, shuffle=False, verbose=0).history


def test_an_optimizer_of_whole_batches_is_refused_a_stream():
    pytest.importorskip("scipy", reason="SciPy is not installed")
    made = keras.Sequential([keras.layers.Dense(1)])
    made.compile("lbfgs", "mse")
    with pytest.raises(ValueError, match=r"works on all samples at once; x is a generator"):
        made.fit(batches(X, Y), verbose=0)
