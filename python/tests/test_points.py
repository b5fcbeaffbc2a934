import json
import os
import pickle
import tempfile
import unittest
import warnings
from dataclasses import dataclass

import numpy as np

import stillpoint
from nets import LONG, NET, R, jacobian, step
from stillpoint import find_fixed_points, find_fixed_points_of_files


class Points(unittest.TestCase):
    def test_points_are_fixed_and_linearised(self):
        points = find_fixed_points(**NET)
        self.assertTrue(points.complete)
        self.assertGreater(len(points), 0)
        self.assertEqual(points.z.shape, (len(points), R))
        for k, point in enumerate(points):
            np.testing.assert_allclose(step(NET, point.z), point.z, atol=1e-9 * (1 + np.abs(point.z).max()))
            on = NET["W2"] @ point.z + NET["h2"] > 0
            np.testing.assert_array_equal(np.flatnonzero(on), point.active)
            np.testing.assert_array_equal(on, points.active[k])
            expected = np.linalg.eigvals(jacobian(NET, point.z))
            for eigenvalues in (point.eigenvalues, points.eigenvalues[k]):
                np.testing.assert_allclose(np.sort_complex(eigenvalues), np.sort_complex(expected), atol=1e-9)
            self.assertAlmostEqual(point.spectral_radius, np.abs(expected).max(), places=9)
            self.assertEqual((point.spectral_radius, point.stability), (points.spectral[k], points.stability[k]))
            self.assertEqual(point.status, "certified")
        self.assertEqual((points.active.dtype, points.ties.any()), (np.dtype(bool), False))
        np.testing.assert_array_equal(points[-1].z, points.z[-1])
        self.assertEqual([p.stability for p in points[:1]], list(points.stability[:1]))

    def test_options_may_be_numbers_of_numpy(self):
        points = find_fixed_points(
            **NET, threads=np.int64(1), max_regions=np.int32(10**6), max_seconds=np.float32(1000), virtual=np.bool_(True)
        )
        self.assertTrue(points.complete)
        driven = {**NET, "C": np.ones((R, 1))}
        swept = stillpoint.sweep(driven, "s0", np.int64(-1), np.float32(1), samples=np.int64(5), max_seconds=np.float64(1000))
        self.assertEqual((swept.complete, len(swept.s)), (True, 5))
        self.assertEqual(stillpoint.trajectory(NET, np.zeros(R), np.int64(3)).shape, (4, R))
        with self.assertRaises(stillpoint.OptionError):
            stillpoint.sweep(driven, "s0", -1, 1, max_seconds=float("nan"))
        with self.assertRaises(TypeError):
            find_fixed_points(**NET, threads=object())

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

    def test_continua_input_activation_continuous_time(self):
        line = find_fixed_points(A=[1.0, 0.5], U=[[1, 0]], V=[[0, 0]], hx=[0.0], hz=[0, 0], name="a line")
        self.assertEqual((len(line), line.name, line.z.shape), (0, "a line", (0, 2)))
        np.testing.assert_array_equal(line.continua[0].basis, [[1, 0]])
        # z' = z/2 + leaky(z − 1) + s0, slope 1/4 below
        leaky = dict(A=[0.5], U=[[1.0]], V=[[1.0]], hx=[1.0], hz=[0.0], C=[[1.0]], activation={"leaky": np.float32(0.25)})
        np.testing.assert_array_equal(find_fixed_points(leaky, input={"s0": 0.5}).z, [[1.0]])
        tln = find_fixed_points(kind="TLN", W=[[0.0, -0.5], [-0.5, 0.0]], b=[1.0, 1.0])
        np.testing.assert_allclose(tln.z, [[2 / 3, 2 / 3]])
        self.assertIsNone(tln[0].spectral_radius)
        self.assertAlmostEqual(tln[0].spectral_abscissa, -0.5)
        self.assertFalse(tln.is_discrete)
        net = {"A": [0.5], "W1": [[-1.0]], "W2": [[1.0]], "h1": [0.25], "h2": [0.0]}
        self.assertFalse(find_fixed_points(kind="continuousClippedShPLRNN", **net).is_discrete)
        self.assertTrue(find_fixed_points(kind="clippedShPLRNN", **net).is_discrete)

    def test_ties_have_a_linearisation_for_each_side(self):
        points = find_fixed_points(A=[0.5], U=[[1.0], [-1.0]], V=[[0.25], [0.25]], hx=[0, 0], hz=[0.0])
        (point,) = points
        self.assertEqual((point.ties.tolist(), points.ties.tolist()), ([0, 1], [[True, True]]))
        self.assertEqual(sorted(side.eigenvalues[0].real for side in point.linearisations), [0.25, 0.75])

    def test_a_budget_warns(self):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            points = find_fixed_points(NET, method="regions", max_regions=10)
        self.assertFalse(points.complete)
        self.assertEqual([w.category for w in caught], [stillpoint.IncompleteWarning])
        self.assertIn("incomplete", repr(points))

    def test_progress_is_told_and_may_cancel(self):
        class Enough(Exception):
            pass

        told = []

        def hear(progress):
            told.append(progress)
            if len(told) == 2:
                raise Enough

        with self.assertRaises(Enough):
            find_fixed_points(LONG, method="regions", threads=1, on_progress=hear)
        self.assertIsInstance(told[0], stillpoint.Progress)
        self.assertLess(told[0].fraction, 1)
        # the runtime has heard it, and is there
        self.assertTrue(find_fixed_points(NET).complete)

    def test_a_dataclass_is_a_model(self):
        @dataclass
        class Net:
            A: list
            U: list
            V: list
            hx: list
            hz: list

        points = find_fixed_points(Net([0], [[1], [1]], [[2], [-2]], [-0.5, 0.5], [1]))
        self.assertEqual(points.z.tolist(), [[-1.0], [0.0], [1.0]])
        self.assertEqual(points.stability.tolist(), ["stable", "unstable", "stable"])

    def test_files_of_models_and_of_results(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "net.npz")
            np.savez(path, **{("bias" if k == "h2" else k): v for k, v in NET.items() if k != "kind"})
            given = dict(names={"h2": "bias"}, kind="shPLRNN")
            expected = find_fixed_points(NET)
            (many,) = find_fixed_points_of_files(folder, **given)
            one = find_fixed_points(path, **given)
            for points in (one, many):
                np.testing.assert_array_equal(points.z, expected.z)
            self.assertEqual(one.name, "net")
            for name, text in [("a.json", json.dumps([one.to_dict()])), ("a.ndjson", json.dumps(one.result) + "\n")]:
                file = os.path.join(folder, name)
                with open(file, "w") as f:
                    f.write(text)
                (read,) = stillpoint.read_results(file)
                np.testing.assert_array_equal(read.z, one.z)
            with self.assertRaisesRegex(stillpoint.StillpointError, "without their model"):
                read.svg()

    def test_results_survive_pickle(self):
        points = pickle.loads(pickle.dumps(find_fixed_points(NET)))
        self.assertTrue(stillpoint.verify(NET, points))


if __name__ == "__main__":
    unittest.main()
