"""PyTorch's modules, state_dicts and tensors, without an import of PyTorch."""

import os
import subprocess
import sys
import unittest

import numpy as np

from nets import NET
from stillpoint import ModelError, find_fixed_points, trajectory
from test_reports import has


def digest(model=None, **options):
    return find_fixed_points(model, **options).result["model"]["sha256"]


class DuckTyped(unittest.TestCase):
    def test_torch_is_not_imported(self):
        script = (
            "import sys; from nets import NET; import stillpoint\n"
            "stillpoint.find_fixed_points(NET)\n"
            "print([name for name in ('torch', 'pandas', 'matplotlib', 'tqdm') if name in sys.modules])"
        )
        here = os.path.dirname(os.path.abspath(__file__))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([here, *sys.path])}
        said = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
        self.assertEqual(said.stdout.strip(), "[]")


@unittest.skipUnless(has("torch"), "PyTorch is not installed")
class Torch(unittest.TestCase):
    def setUp(self):
        import torch

        self.torch = torch
        self.plain = digest(NET)

    def tensors(self, f):
        return {key: value if isinstance(value, str) else f(self.torch.from_numpy(value)) for key, value in NET.items()}

    def test_tensors_of_every_kind(self):
        self.assertEqual(digest(self.tensors(lambda t: t.clone().requires_grad_())), self.plain)
        self.assertEqual(digest(self.tensors(lambda t: t.t().contiguous().t())), self.plain)
        self.assertEqual(digest(self.tensors(lambda t: self.torch.stack([t, t], -1)[..., 0])), self.plain)
        for name in ("float32", "float16", "bfloat16"):
            dtype = getattr(self.torch, name)
            given = self.tensors(lambda t: t.to(dtype))
            exact = {key: value if isinstance(value, str) else value.double().numpy() for key, value in given.items()}
            self.assertEqual(digest(given), digest(exact), name)
        whole = self.tensors(lambda t: (3 * t).round().to(self.torch.int64))
        self.assertEqual(digest(whole), digest({k: v if isinstance(v, str) else v.double().numpy() for k, v in whole.items()}))

    def test_tensors_that_are_refused(self):
        with self.assertRaisesRegex(ModelError, "h1: .*complex"):
            digest({**NET, "h1": self.torch.zeros(3, dtype=self.torch.complex64)})
        with self.assertRaisesRegex(ModelError, r"h1\[2\]: must be finite"):
            digest({**NET, "h1": self.torch.tensor([0.0, 1.0, float("nan")])})
        with self.assertRaisesRegex(ModelError, "^h1: "):
            digest({**NET, "h1": self.torch.eye(3).to_sparse()[0]})

    def test_a_module_a_state_dict_and_names(self):
        torch = self.torch

        class Cell(torch.nn.Module):
            def __init__(self):
                super().__init__()
                for key in ("A", "h1"):
                    setattr(self, key, torch.nn.Parameter(torch.from_numpy(NET[key])))
                self.enc = torch.nn.Linear(3, 12)
                self.dec = torch.nn.Linear(12, 3, bias=False)
                self.enc.weight = torch.nn.Parameter(torch.from_numpy(NET["W2"]))
                self.enc.bias = torch.nn.Parameter(-torch.from_numpy(NET["h2"]))
                self.dec.weight = torch.nn.Parameter(torch.from_numpy(NET["W1"]))

        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.cell = Cell()
                self.readout = torch.nn.Linear(3, 2)

        net = Net()
        names = {"A": "A", "W1": "dec.weight", "W2": "enc.weight", "h1": "h1", "h2": "-enc.bias"}
        for model in (net, net.state_dict()):
            self.assertEqual(digest(model, names=names, prefix="cell", kind="shPLRNN"), self.plain)
        self.assertEqual(digest(net.cell, names=names, kind="shPLRNN"), self.plain)
        run = trajectory(net.cell, np.ones(3), 5, names=names, kind="shPLRNN")
        np.testing.assert_array_equal(run, trajectory(NET, np.ones(3), 5))
        with self.assertRaises(ModelError) as caught:
            digest(net, kind="shPLRNN")
        self.assertIn('Use kind="shPLRNN", names={"A": "cell.A", "W1": "cell.dec.weight",', str(caught.exception))
        self.assertNotIn("--", str(caught.exception))
        with self.assertRaisesRegex(ModelError, "there is no"):
            digest(net.cell, names={**names, "h2": "enc.nothing"}, kind="shPLRNN")

    def test_a_module_with_the_models_own_names(self):
        torch = self.torch

        class ALRNN(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.A = torch.nn.Parameter(torch.full((3,), 0.5))
                self.W = torch.nn.Parameter(torch.eye(3) / 4)
                self.h = torch.nn.Parameter(torch.ones(3))

        plain = digest(kind="ALRNN", A=[0.5] * 3, W=np.eye(3) / 4, h=np.ones(3), P=2)
        self.assertEqual(digest(ALRNN(), layout="AL-RNN", P=2), plain)
        self.assertEqual(digest(ALRNN(), kind="ALRNN", P=2), plain)
        self.assertEqual(digest(torch.nn.Sequential(torch.nn.Identity(), ALRNN()), kind="ALRNN", P=2), plain)


if __name__ == "__main__":
    unittest.main()
