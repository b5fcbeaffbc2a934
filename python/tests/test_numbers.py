"""Arrays of every kind: taken exactly, or refused by name."""

import unittest

import numpy as np

from nets import NET, N, R
from stillpoint import ModelError, OptionError, StillpointError, count, find_fixed_points


def digest(net):
    return find_fixed_points(net).result["model"]["sha256"]


def changed(f):
    return {key: value if isinstance(value, str) else f(value) for key, value in NET.items()}


class Exact(unittest.TestCase):
    def same(self, given, plain):
        """Given in its own form and as plain float64, it is the same model."""
        self.assertEqual(digest(given), digest({k: v if isinstance(v, str) else np.array(v, "f8").tolist() for k, v in plain.items()}))

    def test_forms_of_float64(self):
        for f in (np.asfortranarray, lambda a: np.stack([a, a], -1)[..., 0], lambda a: a[::-1][::-1], lambda a: a.astype(">f8"),
                  np.ndarray.tolist, lambda a: a.astype(np.longdouble), lambda a: np.ma.masked_array(a, False)):
            self.same(changed(f), NET)

    def test_lower_precision_is_taken_as_stored(self):
        for dtype in ("f4", "f2", ">f2"):
            given = changed(lambda a: a.astype(dtype))
            self.same(given, given)
        self.assertNotEqual(digest(changed(lambda a: a.astype("f4"))), digest(NET))

    def test_whole_numbers(self):
        whole = changed(lambda a: np.round(3 * a))
        for dtype in ("i1", "i2", "i4", "i8", ">i4"):
            self.same({k: v if isinstance(v, str) else v.astype(dtype) for k, v in whole.items()}, whole)
        positive = {k: v if isinstance(v, str) else np.abs(v) for k, v in whole.items()}
        for dtype in ("u1", "u2", "u4", "u8"):
            self.same({k: v if isinstance(v, str) else v.astype(dtype) for k, v in positive.items()}, positive)
        self.same({**NET, "h1": np.array([2**60, -(2**62), 3])}, {**NET, "h1": [2.0**60, -(2.0**62), 3.0]})

    def test_scalars_of_zero_dimensions(self):
        net = dict(kind="ALRNN", A=np.full(3, 0.5), W=np.arange(9).reshape(3, 3) / 8, h=np.zeros(3))
        plain = digest({**net, "P": 2, "dt": 0.125})
        for P, dt in ((np.int64(2), np.float32(0.125)), (np.array(2), np.array(0.125)), (2.0, np.float64(0.125))):
            self.assertEqual(digest({**net, "P": P, "dt": dt}), plain)

    def test_large_arrays_go_by_a_file(self):
        net = dict(kind="PLRNN", A=np.full(900, 0.5), W=np.zeros((900, 900)), h=np.ones(900))
        counted = count(net)
        self.assertEqual((counted.latent_dim, counted.units), (900, 900))
        with self.assertRaisesRegex(ModelError, r"W\[899\]\[3\]"):
            bad = net["W"].copy()
            bad[899, 3] = np.inf
            count({**net, "W": bad})


class Refused(unittest.TestCase):
    def refused(self, change, field, message):
        with self.assertRaisesRegex(ModelError, message) as caught:
            find_fixed_points({**NET, **change})
        self.assertEqual(caught.exception.field, field)
        self.assertEqual(caught.exception.code, "INVALID_MODEL")
        self.assertIsInstance(caught.exception, ValueError)

    def test_entries_are_named(self):
        for bad in (np.nan, np.inf, -np.inf):
            W1 = NET["W1"].copy()
            W1[2, 5] = bad
            self.refused({"W1": W1}, "W1[2][5]", "finite")
        self.refused({"h1": [0.0, 1e91, 0.0]}, "h1[1]", "2\\^300")
        self.refused({"h1": np.array([0, 2**53 + 1, 0])}, "h1[1]", "no float64")
        self.refused({"h1": np.array([0, 0, 2**64 - 1], "u8")}, "h1[2]", "no float64")
        if np.finfo(np.longdouble).nmant > 52:
            self.refused({"h1": np.array([0, 1, np.longdouble(1) / 3])}, "h1[2]", "no float64")

    def test_types_are_named(self):
        self.refused({"h1": np.array([1j] * R)}, "h1", "complex")
        self.refused({"h1": np.array([None] * R)}, "h1", "object")
        self.refused({"W1": [[1.0, 2.0], [1.0]]}, "W1", "W1")
        self.refused({"h1": np.array([True] * R)}, "h1", "true and false")
        self.refused({"h1": np.array(["a"] * R)}, "h1", "real numbers")
        self.refused({"h1": np.ma.masked_array(NET["h1"], [True, False, False])}, "h1", "masked")
        self.refused({"h1": np.array(0.5)}, "h1", "vector")
        self.refused({"h1": object()}, "h1", "h1")

    def test_shapes_are_named(self):
        self.refused({"W1": NET["W1"].T}, "W1", "transposed")
        self.refused({"h1": np.zeros(0)}, "h1", "empty")
        self.refused({"h1": np.zeros((R, 1, 1, 2))}, "h1", "vector")
        self.refused({"W2": np.zeros((N, R + 1))}, "W2", "W2")
        self.refused({"kind": "LSTM"}, "kind", "kind")
        self.refused({"dt": np.nan}, "dt", "finite")
        # as a view of one number: it takes no memory here
        self.refused({"W1": np.broadcast_to(0.5, (2**13, 2**13))}, "W1", "33554432")

    def test_what_is_no_model(self):
        for model in (3, [1.0], object(), dict):
            with self.assertRaisesRegex(ModelError, "model: must be"):
                find_fixed_points(model)
        with self.assertRaises(StillpointError):
            find_fixed_points("no/such/file.npz")

    def test_options_are_named(self):
        for options, name in [
            ({"method": "guess"}, "method"),
            ({"max_seconds": -1}, "max_seconds"),
            ({"max_seconds": float("nan")}, "max_seconds"),
            ({"max_regions": 1.5}, "max_regions"),
            ({"threads": 0}, "threads"),
            ({"input": {"s0": 1.0}}, "input"),
            ({"layout": "none"}, "layout"),
            ({"names": ["W1"]}, "names"),
        ]:
            with self.assertRaises(OptionError) as caught:
                find_fixed_points(NET, **options)
            self.assertEqual(caught.exception.option, name)


if __name__ == "__main__":
    unittest.main()
