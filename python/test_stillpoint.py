"""Run by tests/ci/python.test.ts; by hand: STILLPOINT="node bin/stillpoint.js" /usr/bin/python3 -m unittest discover python"""

import json
import os
import sys
import tempfile
import unittest
import warnings

import numpy as np

import stillpoint
from stillpoint import StillpointError, find_fixed_points, find_fixed_points_of_files, find_fixed_points_of_many

rng = np.random.default_rng(7)
R, N = 3, 12
MODEL = dict(
    kind="shPLRNN",
    A=rng.uniform(0.3, 0.9, R),
    W1=rng.normal(size=(R, N)),
    W2=rng.normal(size=(N, R)),
    h1=rng.normal(size=R),
    h2=rng.normal(size=N),
)


def step(m, z):
    return m["A"] * z + m["W1"] @ np.maximum(m["W2"] @ z + m["h2"], 0) + m["h1"]


def jacobian(m, z):
    return np.diag(m["A"]) + m["W1"] @ ((m["W2"] @ z + m["h2"] > 0)[:, None] * m["W2"])


class FindFixedPoints(unittest.TestCase):
    def test_points_are_fixed_and_linearised(self):
        points = find_fixed_points(**MODEL)
        self.assertTrue(points.complete)
        self.assertGreater(len(points), 0)
        self.assertEqual(points.z.shape, (len(points), R))
        for point in points:
            np.testing.assert_allclose(step(MODEL, point.z), point.z, atol=1e-9 * (1 + np.abs(point.z).max()))
            np.testing.assert_array_equal(np.flatnonzero(MODEL["W2"] @ point.z + MODEL["h2"] > 0), point.active)
            expected = np.linalg.eigvals(jacobian(MODEL, point.z))
            np.testing.assert_allclose(np.sort_complex(point.eigenvalues), np.sort_complex(expected), atol=1e-9)
            self.assertAlmostEqual(point.spectral_radius, np.abs(expected).max(), places=9)
            self.assertEqual(point.status, "certified")

    def test_every_region_agrees(self):
        """Brute force over all 2^8 masks of small models."""
        most = 0
        for seed in range(5):
            r = np.random.default_rng(seed)
            small = dict(kind="shPLRNN", A=r.uniform(0.3, 0.9, R), W1=r.normal(size=(R, 8)) / 3, W2=r.normal(size=(8, R)))
            small.update(h1=r.normal(size=R) / 4, h2=r.normal(size=8))
            found = []
            for mask in range(2**8):
                D = np.array([mask >> j & 1 for j in range(8)], float)
                J = np.diag(small["A"]) - np.eye(R) + small["W1"] @ (D[:, None] * small["W2"])
                z = np.linalg.solve(J, -small["W1"] @ (D * small["h2"]) - small["h1"])
                if np.all((small["W2"] @ z + small["h2"] > 0) == (D > 0)):
                    found.append(z)
            points = find_fixed_points(small, method="regions", virtual=True)
            expected = np.array(sorted(found, key=tuple)).reshape(-1, R)
            np.testing.assert_allclose(points.z, expected, atol=1e-9)
            self.assertGreater(len(points.virtual), 0)
            most = max(most, len(found))
        self.assertGreater(most, 1)

    def test_single_precision_and_fortran_order_are_exact(self):
        single = {k: v if isinstance(v, str) else v.astype("f4") for k, v in MODEL.items()}
        double = {k: v if isinstance(v, str) else np.asfortranarray(v.astype("f8")) for k, v in single.items()}
        a, b = find_fixed_points(**single), find_fixed_points(**double)
        self.assertEqual(a.result["model"]["sha256"], b.result["model"]["sha256"])
        np.testing.assert_array_equal(a.z, b.z)

    def test_continua_input_activation_continuous_time(self):
        line = find_fixed_points(A=[1.0, 0.5], U=[[1, 0]], V=[[0, 0]], hx=[0.0], hz=[0, 0], name="a line")
        self.assertEqual((len(line), line.name), (0, "a line"))
        np.testing.assert_array_equal(line.continua[0].basis, [[1, 0]])
        # z' = z/2 + leaky(z − 1) + s0, slope 1/4 below
        leaky = dict(A=[0.5], U=[[1.0]], V=[[1.0]], hx=[1.0], hz=[0.0], C=[[1.0]], activation={"leaky": 0.25})
        np.testing.assert_array_equal(find_fixed_points(leaky, input={"s0": 0.5}).z, [[1.0]])
        tln = find_fixed_points(kind="TLN", W=[[0.0, -0.5], [-0.5, 0.0]], b=[1.0, 1.0])
        np.testing.assert_allclose(tln.z, [[2 / 3, 2 / 3]])
        self.assertIsNone(tln[0].spectral_radius)
        self.assertAlmostEqual(tln[0].spectral_abscissa, -0.5)

    def test_ties_have_a_linearisation_for_each_side(self):
        (point,) = find_fixed_points(A=[0.5], U=[[1.0], [-1.0]], V=[[0.25], [0.25]], hx=[0, 0], hz=[0.0])
        self.assertEqual(point.ties.tolist(), [0, 1])
        self.assertEqual(sorted(side.eigenvalues[0].real for side in point.linearisations), [0.25, 0.75])

    def test_a_budget_warns(self):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            points = find_fixed_points(MODEL, method="regions", max_regions=10)
        self.assertFalse(points.complete)
        self.assertEqual([w.category for w in caught], [stillpoint.IncompleteWarning])

    def test_errors_are_typed(self):
        for change, message in [({"W1": MODEL["W1"].T}, "W1"), ({"A": [np.nan] * R}, "A"), ({"kind": "LSTM"}, "kind")]:
            with self.assertRaisesRegex(StillpointError, message) as caught:
                find_fixed_points({**MODEL, **change})
            self.assertEqual(caught.exception.code, "INVALID_MODEL")
        with self.assertRaisesRegex(StillpointError, "dtype object"):
            find_fixed_points(A=[{}])
        with self.assertRaisesRegex(StillpointError, "method"):
            find_fixed_points(MODEL, method="guess")
        with self.assertRaisesRegex(StillpointError, "can't start"):
            find_fixed_points(MODEL, command="/no/such/command")


class Many(unittest.TestCase):
    def test_in_order_with_errors_in_their_place(self):
        models = [{**MODEL, "h1": MODEL["h1"] * s} for s in range(12)]
        models[3] = {"kind": "PLRNN", "A": [1.0]}
        outcomes = list(find_fixed_points_of_many(models))
        self.assertEqual(len(outcomes), 12)
        self.assertIsInstance(outcomes[3], StillpointError)
        for i in (0, 2, 11):
            self.assertEqual(outcomes[i].name, f"model[{i}]")
            np.testing.assert_array_equal(outcomes[i].z, find_fixed_points(models[i]).z)
        self.assertEqual(list(find_fixed_points_of_many([])), [])

    def test_stopping_early_ends_the_process(self):
        outcomes = find_fixed_points_of_many([MODEL] * 50)
        next(outcomes)
        outcomes.close()

    def test_files_and_results(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "net.npz")
            np.savez(path, **{("bias" if k == "h2" else k): v for k, v in MODEL.items()})
            (points,) = find_fixed_points_of_files(path, arguments=["--map", "h2=bias"])
            np.testing.assert_array_equal(points.z, find_fixed_points(MODEL).z)
            for name, text in [("a.json", json.dumps([points.result])), ("a.ndjson", json.dumps(points.result) + "\n")]:
                file = os.path.join(folder, name)
                with open(file, "w") as f:
                    f.write(text)
                (read,) = stillpoint.read_results(file)
                np.testing.assert_array_equal(read.z, points.z)


class Faults(unittest.TestCase):
    """What the wrapper makes of a child that misbehaves; the child is a line of Python."""

    def child(self, answers):
        """Gives the true program's first lines, then `answers` (bytes), and ends with code 0."""
        one = find_fixed_points(**MODEL).result
        script = (
            "import os, sys\n"
            f"os.write(1, {json.dumps(one).encode()!r} + b'\\n')\n"
            f"os.write(1, {answers!r})\n"
        )
        return [sys.executable, "-c", script]

    def test_junk_half_a_line_and_silence_are_typed(self):
        for answers in (b"junk\n", b'{"schema": "stillpoint/resu', b"[]\n", b"5\n", b'{"schema": 1}\n', b"\xff\xfe\n", b"\n", b""):
            outcomes = list(find_fixed_points_of_many([MODEL] * 4, command=self.child(answers)))
            self.assertEqual(len(outcomes), 4, answers)
            self.assertTrue(outcomes[0].complete)
            for outcome in outcomes[1:]:
                self.assertIsInstance(outcome, StillpointError)
        with self.assertRaises(StillpointError):
            find_fixed_points(MODEL, command=[sys.executable, "-c", "print('junk')"])
        with self.assertRaises(StillpointError):
            find_fixed_points(MODEL, command=[sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
        with self.assertRaises(StillpointError):
            list(find_fixed_points_of_files("x", command=self.child(b"junk\n")))

    def test_a_child_that_dies_after_two_of_five(self):
        one = json.dumps(find_fixed_points(**MODEL).result)
        script = f"import os\nfor _ in range(2): os.write(1, {one.encode()!r} + b'\\n')\nos.kill(os.getpid(), 9)"
        outcomes = list(find_fixed_points_of_many([MODEL] * 5, command=[sys.executable, "-c", script]))
        self.assertEqual([isinstance(o, StillpointError) for o in outcomes], [False, False, True, True, True])
        self.assertIn("no result", str(outcomes[4]))

    def test_bad_arrays_are_errors_in_their_place(self):
        masked = {**MODEL, "h1": np.ma.masked_array(MODEL["h1"], [True, False, False])}
        objects = {**MODEL, "h1": np.array([None] * R)}
        big = {key: value if isinstance(value, str) else value.astype(">f8") for key, value in MODEL.items()}
        outcomes = list(find_fixed_points_of_many([masked, MODEL, objects, big, {**MODEL, "file": [1.0]}]))
        self.assertEqual([isinstance(o, StillpointError) for o in outcomes], [True, False, True, False, False])
        self.assertIn("masked", str(outcomes[0]))
        for outcome in outcomes[3:]:
            self.assertEqual(outcome.z.tolist(), outcomes[1].z.tolist())

    def test_a_file_that_holds_no_results(self):
        with tempfile.TemporaryDirectory() as folder:
            for text in ("junk", "[1]", '{"schema": "x"}', '{"a":1}\n{"b"'):
                path = os.path.join(folder, "r.json")
                with open(path, "w") as file:
                    file.write(text)
                with self.assertRaises(StillpointError):
                    stillpoint.read_results(path)


if __name__ == "__main__":
    unittest.main()
