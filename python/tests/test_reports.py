"""Counts, sweeps, checks, runs and pictures."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET
from unittest import mock

import numpy as np

import stillpoint
from nets import NET, R, random_net, step
from stillpoint import IncompleteWarning, ModelError, OptionError, RuntimeMissing, count, find_fixed_points, sweep, trajectory, verify

# z' = clip(2 z, −1, 1) + s0: the middle point is −s0, while that is at most 1/2
FOLDING = dict(A=[0.0], U=[[1.0], [1.0]], V=[[2.0], [-2.0]], hx=[-0.5, 0.5], hz=[1.0], C=[[1.0]], name="folding")


def has(module):
    try:
        __import__(module)
    except ImportError:
        # the tests of a release have all that they are for
        if os.environ.get("STILLPOINT_REQUIRE_ALL"):
            raise
        return False
    return True


def dump(value, path):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)


class Reports(unittest.TestCase):
    def test_count(self):
        counted = count(NET)
        self.assertEqual((counted.latent_dim, counted.hyperplanes), (R, 12))
        self.assertEqual(counted.regions, 1 + 12 + 66 + 220)
        self.assertIn(counted.auto, ("regions", "search"))
        self.assertGreater(count(random_net(1, 5, 1000)).subsets_owned, 2**40)

    def test_sweep_of_cycles(self):
        # slopes 1/2 and −3/2: a 2-cycle is born on the border at 0
        tent = dict(A=[0.5], U=[[1.0]], V=[[-2.0]], hx=[0.0], hz=[0.0], C=[[1.0]])
        swept = sweep(tent, "s0", -1, 1, samples=3, max_period=3)
        self.assertEqual([each.period for each in swept.cycles], [2, 3])
        two, three = swept.cycles
        self.assertEqual((len(two.branches), len(three.branches), two.complete, two.coverage), (1, 0, True, "range"))
        self.assertEqual([(event.s, event.kind) for event in two.events], [(0.0, "flip")])
        branch = two.branches[0]
        self.assertEqual((branch.points.shape, branch.stability), ((2, 2, 1), ["stable"]))
        np.testing.assert_allclose(branch.points[-1], [[-2 / 7], [6 / 7]])
        self.assertIn("1 of 2-cycles", swept._repr_html_())
        self.assertIn("2-cycles, stable", swept.svg())

    def test_verify_accepts_and_refuses(self):
        points = find_fixed_points(NET)
        report = verify(NET, points)
        self.assertTrue(report)
        self.assertEqual(report.checked["fixedPoints"], len(points))
        self.assertGreater(len(report.unchecked), 0)
        wrong = json.loads(json.dumps(points.to_dict()))
        wrong["fixedPoints"][0]["z"][1] += 1e-9
        refused = verify(NET, wrong)
        self.assertFalse(refused)
        self.assertTrue(any(problem.path.startswith("fixedPoints[0]") for problem in refused.problems))
        self.assertFalse(verify(random_net(8), points))
        with self.assertRaises(OptionError):
            verify(NET)

    def test_continua_of_cycles(self):
        quarter = dict(A=[[0.0, -1.0], [1.0, 0.0]], U=[[1.0, 0.0]], V=[[0.0, 0.0]], hx=[3.0], hz=[0.0, 0.0], name="quarter")
        found = stillpoint.find_cycles(quarter, max_period=4)
        self.assertEqual(repr(found), "<1 cycle and 1 continuum up to period 4 of 'quarter', complete>")
        (plane,) = found.continua
        self.assertEqual((plane.period, plane.dimension, plane.bounded), (4, 2, False))
        self.assertEqual((plane.point.shape, plane.basis.shape), ((4, 2), (2, 4, 2)))
        self.assertEqual([cycle.period for cycle in found], [1])
        report = verify(quarter, found)
        self.assertTrue(report)
        self.assertEqual((report.checked["cycles"], report.checked["continua"]), (1, 1))

    def test_cycles(self):
        tent = dict(A=[0.0], U=[[1.0], [-1.0]], V=[[-2.0], [-2.0]], hx=[0, 0], hz=[-1.0])
        found = stillpoint.find_cycles(tent, max_period=4)
        self.assertEqual((found.complete, found.complete_up_to, found.periods), (True, 4, [1, 2, 3, 4]))
        self.assertEqual([cycle.period for cycle in found.cycles], [1, 1, 2, 3, 3, 4, 4, 4])
        for cycle in found.cycles:
            self.assertEqual((cycle.z.shape, cycle.active.shape, cycle.stability), ((cycle.period, 1), (cycle.period, 2), "unstable"))
            np.testing.assert_allclose(1 - 2 * np.abs(cycle.z), np.roll(cycle.z, -1, axis=0), atol=1e-12)
            self.assertEqual(abs(cycle.eigenvalues[0]), 2.0**cycle.period)
        if has("pandas"):
            self.assertEqual(len(found.to_pandas()), 1 + 1 + 2 + 3 + 3 + 4 + 4 + 4)
        with self.assertRaises(OptionError) as caught:
            stillpoint.find_cycles(tent)
        self.assertEqual(caught.exception.option, "max_period")

    def test_proofs(self):
        tent = dict(A=[0.0], U=[[1.0], [-1.0]], V=[[-2.0], [-2.0]], hx=[0.0, 0.0], hz=[-1.0])
        points = find_fixed_points(tent, proof=True)
        cycles = stillpoint.find_cycles(tent, max_period=3, proof=True)
        self.assertEqual(cycles.result["proofFile"]["periods"], [1, 2, 3])
        with tempfile.TemporaryDirectory() as folder:
            model, result, proof = (os.path.join(folder, name) for name in ("tent.json", "found.json", "proof.npz"))
            dump(tent, model)
            for found, checker in ((points, "check_proof"), (cycles, "check_cycles_proof")):
                assert found.proof_bytes is not None
                self.assertEqual(hashlib.sha256(found.proof_bytes).hexdigest(), found.result["proofFile"]["sha256"])
                dump(found.result, result)
                with open(proof, "wb") as file:
                    file.write(found.proof_bytes)
                asked = [sys.executable, "-m", f"stillpoint.{checker}", model, result, proof]
                checked = subprocess.run(asked, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
                self.assertEqual((checked.returncode, checked.stdout[:9]), (0, "accepted:"), checked.stdout)
        self.assertTrue(verify(tent, points))
        self.assertIsNone(find_fixed_points(tent).proof_bytes)
        self.assertIsNone(stillpoint.find_cycles(tent, max_period=3).proof_bytes)

    def test_sweep(self):
        swept = sweep(FOLDING, "s0", -2, 2, samples=41)
        self.assertTrue(swept.complete)
        self.assertEqual((swept.s[0], swept.s[-1], len(swept.s)), (-2.0, 2.0, 41))
        self.assertEqual(sorted(event.s for event in swept.events if event.kind == "fold"), [-0.5, 0.5])
        z, stability = swept.points(20)
        np.testing.assert_array_equal(z, find_fixed_points(FOLDING).z)
        self.assertEqual(stability, ["stable", "unstable", "stable"])
        for branch in swept.branches:
            self.assertEqual(branch.z.shape, (len(branch.pieces) + 1, 1))
            self.assertTrue((np.diff(branch.s) > 0).all())
        self.assertIn("branches", repr(swept))
        self.assertEqual(swept.cycles, [])
        with self.assertRaises(OptionError):
            sweep(FOLDING, "s0", 2, -2)
        with self.assertRaises(OptionError):
            sweep(NET, "s0", -1, 1)
        with self.assertWarns(IncompleteWarning):
            sweep(FOLDING, "s0", -2, 2, coverage="range", max_regions=1)

    def test_trajectory_is_that_of_numpy(self):
        z = np.zeros((2, R))
        z[1] = 1
        runs = trajectory(NET, z, 20)
        self.assertEqual(runs.shape, (2, 21, R))
        for t in range(20):
            for b in range(2):
                np.testing.assert_allclose(runs[b, t + 1], step(NET, runs[b, t]), rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(trajectory(NET, z[1], 20), runs[1])
        (point,) = find_fixed_points(A=[0.5], U=[[1]], V=[[0]], hx=[1], hz=[-1])
        np.testing.assert_array_equal(trajectory(dict(A=[0.5], U=[[1]], V=[[0]], hx=[1], hz=[-1]), point.z, 3), [[2.0]] * 4)
        far = trajectory(A=[4.0], U=[[1]], V=[[0]], hx=[1], hz=[0], z0=[1e300], steps=20)
        self.assertTrue(np.isnan(far[-1, 0]))
        for z0, steps, error in (([0.0], 3, OptionError), (np.zeros(R), -1, OptionError), ([[[0.0] * R]], 3, OptionError), (None, 3, OptionError), ([1j] * R, 3, ModelError)):
            with self.assertRaises(error):
                trajectory(NET, z0, steps)


class Pictures(unittest.TestCase):
    def test_pictures_are_svg(self):
        points = find_fixed_points(NET)
        for picture in ("all", "state", "eigenvalues", "masks"):
            self.assertTrue(ET.fromstring(points.svg(picture)).tag.endswith("svg"))
        self.assertTrue(ET.fromstring(sweep(FOLDING, "s0", -2, 2).svg()).tag.endswith("svg"))
        with self.assertRaises(OptionError):
            points.svg("none")

    def test_html_has_a_table_and_a_picture_and_hides_no_name(self):
        points = find_fixed_points({**NET, "name": "<b>mine</b> & yours"})
        html = points._repr_html_()
        self.assertNotIn("<b>mine</b>", html)
        self.assertEqual(html.count("<tr>"), 1 + len(points))
        self.assertIn("<svg", html)
        self.assertIn("Complete", html)
        self.assertIn("fold", sweep(FOLDING, "s0", -2, 2)._repr_html_())
        stillpoint.shutdown()
        with mock.patch.dict(os.environ, {"STILLPOINT_RUNTIME": "/no/such/runtime"}):
            html = points._repr_html_()
        self.assertIn("No picture", html)
        self.assertEqual(html.count("<tr>"), 1 + len(points))

    @unittest.skipUnless(has("pandas"), "pandas is not installed")
    def test_pandas(self):
        points = find_fixed_points(NET)
        frame = points.to_pandas()
        self.assertEqual(len(frame), len(points))
        np.testing.assert_array_equal(frame[[f"z{k}" for k in range(R)]].to_numpy(), points.z)
        self.assertEqual(frame["stability"].tolist(), points.stability.tolist())
        self.assertEqual((frame["stable"] + frame["neutral"] + frame["unstable"]).tolist(), [R] * len(points))
        swept = sweep(FOLDING, "s0", -2, 2, samples=5).to_pandas()
        self.assertEqual(list(swept.columns), ["s0", "z0", "stability"])
        self.assertEqual(swept["s0"].value_counts()[0.0], 3)

    @unittest.skipUnless(has("matplotlib"), "matplotlib is not installed")
    def test_matplotlib_fills_stable_points_and_leaves_unstable_ones_open(self):
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt

        points = find_fixed_points(FOLDING)
        axes = points.plot()
        fills = {line.get_label(): line.get_fillstyle() for line in axes.lines if not line.get_label().startswith("_")}
        self.assertEqual(fills, {"stable": "full", "unstable": "none"})
        curve = axes.lines[0]
        expected = np.interp([-1.0, 0.0, 1.0], curve.get_xdata(), curve.get_ydata())
        np.testing.assert_allclose(expected, [-1, 0, 1], atol=0.02)
        figure, axes = plt.subplots()
        self.assertIs(find_fixed_points(NET).plot(axes, (2, 0)), axes)
        self.assertEqual(axes.get_xlabel(), "$z_2$")
        axes = sweep(FOLDING, "s0", -2, 2).plot()
        self.assertEqual({line.get_linestyle() for line in axes.lines} & {"-", "--"}, {"-", "--"})
        with self.assertRaises(OptionError):
            find_fixed_points(NET).plot(coordinates=(0, R))
        plt.close("all")


if __name__ == "__main__":
    unittest.main()
