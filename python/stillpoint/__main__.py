"""The command line: ``stillpoint solve MODEL``, or ``python -m stillpoint solve MODEL``."""

from __future__ import annotations

import subprocess
import sys
from typing import NoReturn

from ._errors import StillpointError
from ._runtime import environment, find_runtime


def main() -> NoReturn:
    """Runs Stillpoint's command line in the runtime of this machine, and ends with its exit code."""
    try:
        command = find_runtime().command(*sys.argv[1:])
    except StillpointError as error:
        sys.exit(f"error: {error}")
    with subprocess.Popen(command, env=environment()) as process:
        while True:
            try:
                sys.exit(process.wait())
            except KeyboardInterrupt:
                # the process has heard it too, and ends with what it has found
                continue


if __name__ == "__main__":
    main()
