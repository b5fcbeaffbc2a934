import itertools
import os
import unittest

import numpy as np

from nets import NET, random_net
from stillpoint import ModelError, StillpointError, find_fixed_points, find_fixed_points_of_files, find_fixed_points_of_many


class Many(unittest.TestCase):
    def test_in_order_with_errors_in_their_place(self):
        models = [{**NET, "h1": NET["h1"] * s} for s in range(12)]
        models[3] = {"kind": "PLRNN", "A": [1.0]}
        models[5] = {**NET, "h1": np.array([None] * 3)}
        outcomes = list(find_fixed_points_of_many(models))
        self.assertEqual([isinstance(o, ModelError) for o in outcomes], [i in (3, 5) for i in range(12)])
        for i in (0, 2, 11):
            self.assertEqual(outcomes[i].name, f"model[{i}]")
            np.testing.assert_array_equal(outcomes[i].z, find_fixed_points(models[i]).z)
        self.assertEqual(list(find_fixed_points_of_many([])), [])

    def test_more_than_are_sent_ahead(self):
        models = [random_net(seed, 1, 3) for seed in range(600)]
        outcomes = list(find_fixed_points_of_many(models, threads=2))
        self.assertEqual([o.name for o in outcomes], [f"model[{i}]" for i in range(600)])
        self.assertTrue(all(o.complete for o in outcomes))

    def test_a_source_without_end_is_read_as_it_is_asked_for(self):
        taken = []

        def models():
            for seed in itertools.count():
                taken.append(seed)
                yield random_net(seed, 1, 3)

        outcomes = find_fixed_points_of_many(models())
        self.assertEqual([next(outcomes).name for _ in range(5)], [f"model[{i}]" for i in range(5)])
        outcomes.close()
        self.assertLess(len(taken), 500)
        self.assertTrue(find_fixed_points(NET).complete)

    def test_an_error_of_the_source_comes_through(self):
        def models():
            yield NET
            raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            list(find_fixed_points_of_many(models()))
        self.assertTrue(find_fixed_points(NET).complete)

    def test_options_that_are_wrong(self):
        with self.assertRaisesRegex(StillpointError, "method"):
            list(find_fixed_points_of_many([NET], method="guess"))
        with self.assertRaisesRegex(StillpointError, "layout"):
            list(find_fixed_points_of_files("x", layout="guess"))

    def test_files_that_are_not_there(self):
        (outcome,) = find_fixed_points_of_files(os.path.join("no", "such", "file"))
        self.assertIsInstance(outcome, StillpointError)
        self.assertIn("does not exist", str(outcome))

    def test_a_bar_of_progress(self):
        try:
            import tqdm  # noqa: F401
        except ImportError:
            with self.assertRaisesRegex(StillpointError, "tqdm"):
                list(find_fixed_points_of_many([NET], progress=True))
        else:
            self.assertEqual(len(list(find_fixed_points_of_many([NET, NET], progress=True))), 2)


if __name__ == "__main__":
    unittest.main()
