import os
import unittest

import numpy as np

from nets import NET
from stillpoint import StillpointError, find_fixed_points


class Gpu(unittest.TestCase):
    def test_the_same_points_or_an_error_that_names_the_backend(self):
        try:
            points = find_fixed_points(NET, backend="webgpu")
        except StillpointError as error:
            self.assertEqual(error.code, "NO_GPU")
            self.assertNotIn("deno", os.environ.get("STILLPOINT_RUNTIME", ""), error)
        else:
            self.assertEqual(points.result["backend"], "webgpu")
            np.testing.assert_array_equal(points.z, find_fixed_points(NET, backend="cpu").z)


if __name__ == "__main__":
    unittest.main()
