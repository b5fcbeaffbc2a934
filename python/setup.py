"""Builds the wheel from a checkout: Python, and beside it the JavaScript that npm's package has, with what that needs."""

import json
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

CHECKOUT = Path(__file__).resolve().parent.parent
MANIFEST = json.loads((CHECKOUT / "package.json").read_text(encoding="utf-8"))

UNUSED = shutil.ignore_patterns("*.map", "*.ts", "*.mts", "*.cts", "iife", "test", "tests", "node_modules")
"""Of dependencies: what no runtime reads."""


def dependencies(manifest, modules):
    """The folders of all packages that a package needs at run time, those that they need among them."""
    found = {}
    waiting = list(manifest.get("dependencies", {}))
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = modules / name
        if not found[name].is_dir():
            raise SystemExit(f"{found[name]} is missing: run npm ci in the checkout first")
        waiting += json.loads((found[name] / "package.json").read_text(encoding="utf-8")).get("dependencies", {})
    return found


class BuildWithProgram(build_py):
    """Copies the built program to stillpoint/_js."""

    def run(self):
        super().run()
        if not (CHECKOUT / "dist" / "cli.js").is_file():
            raise SystemExit(f"{CHECKOUT / 'dist'} is missing: run npm ci in the checkout first")
        target = Path(self.build_lib) / "stillpoint" / "_js"
        shutil.rmtree(target, ignore_errors=True)
        for name in ["package.json", *MANIFEST["files"]]:
            source = CHECKOUT / name
            if source.is_dir():
                shutil.copytree(source, target / name)
            else:
                target.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target / name)
        for name, folder in dependencies(MANIFEST, CHECKOUT / "node_modules").items():
            shutil.copytree(folder, target / "node_modules" / name, ignore=UNUSED)


setup(
    version=MANIFEST["version"],
    packages=["stillpoint"],
    package_data={"stillpoint": ["py.typed"]},
    cmdclass={"build_py": BuildWithProgram},
)
