"""The pages and the notebook do what they say. Needs PyTorch and matplotlib."""

import ast
import io
import json
import os
import re
import tempfile
import unittest
from contextlib import redirect_stdout

from test_reports import has

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def ran(code, names):
    """Runs code as a notebook would: what its last expression is, or None."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "page", "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), "page", "eval"), names)


@unittest.skipUnless(has("torch") and has("matplotlib"), "PyTorch or matplotlib is not installed")
class Pages(unittest.TestCase):
    def setUp(self):
        import matplotlib

        matplotlib.use("Agg")
        here = os.getcwd()
        folder = tempfile.TemporaryDirectory()
        os.chdir(folder.name)
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, here)

    def page(self, name):
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            blocks = re.findall(r"^```python\n(.*?)^```$(?:\n\n```\n(.*?)^```$)?", file.read(), re.M | re.S)
        self.assertGreater(len(blocks), 0)
        names = {}
        for code, shown in blocks:
            value = ran(code, names)
            if shown:
                self.assertEqual(repr(value), shown.strip(), code)
        return sum(bool(shown) for _, shown in blocks)

    def test_the_page_shows_what_it_gives(self):
        self.assertGreater(self.page("docs/python.md"), 4)
        self.assertGreater(os.path.getsize("decision.pdf"), 5000)

    def test_the_readme_shows_what_it_gives(self):
        self.assertEqual(self.page("python/README.md"), 1)

    def test_the_notebook_runs_to_its_end(self):
        with open(os.path.join(ROOT, "examples/decision.ipynb"), encoding="utf-8") as file:
            notebook = json.load(file)
        self.assertEqual((notebook["nbformat"], {cell["cell_type"] for cell in notebook["cells"]}), (4, {"code", "markdown"}))
        names = {}
        shown = []
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                with redirect_stdout(io.StringIO()):
                    value = ran("".join(cell["source"]), names)
                shown.append(value._repr_html_() if hasattr(value, "_repr_html_") else repr(value))
        self.assertEqual(sum("<svg" in each for each in shown), 2)


if __name__ == "__main__":
    unittest.main()
