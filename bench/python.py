"""What a call of the Python package costs, and many small models side by side with the command line:

    python3 bench/python.py            from a checkout after npm ci; needs NumPy
"""

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "python"))

import stillpoint  # noqa: E402
from stillpoint import _connection  # noqa: E402

CALLS, MODELS, ROUNDS = 1000, 10_000, 3
rng = np.random.default_rng(1)


def model(R=2, N=20):
    return dict(
        kind="shPLRNN",
        A=rng.uniform(0.3, 0.9, R),
        W1=rng.normal(size=(R, N)) / np.sqrt(N),
        W2=rng.normal(size=(N, R)),
        h1=rng.normal(size=R),
        h2=rng.normal(size=N),
    )


def load():
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def processor():
    """Seconds of the processor, of this process and of those that it has waited for: another load does not change them."""
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def overhead():
    """Seconds of calls, less those that the result says its own run took."""
    seconds = []
    for _ in range(CALLS + 200):
        given = model()
        began = time.perf_counter()
        points = stillpoint.find_fixed_points(given)
        seconds.append(time.perf_counter() - began - points.result["seconds"]["total"])
    # the runtime compiles what it runs often
    quartiles = 1e3 * np.percentile(seconds[200:], [0, 25, 50, 75])
    print("overhead a call, N = 20, R = 2, ms: least %.2f, quartiles %.2f, %.2f, %.2f" % tuple(quartiles), f"({load()})")


def many():
    """The same models as arrays and as NDJSON; both start their runtime."""
    models = [model() for _ in range(MODELS)]
    with tempfile.TemporaryDirectory() as folder:
        given, out = os.path.join(folder, "models.ndjson"), os.path.join(folder, "out.ndjson")
        with open(given, "w") as file:
            for each in models:
                file.write(json.dumps({k: v if isinstance(v, str) else v.tolist() for k, v in each.items()}) + "\n")
        command = [*stillpoint.find_runtime().command("solve", given, "-o", out, "--quiet")]
        for _ in range(ROUNDS):
            began, used = time.perf_counter(), processor()
            subprocess.run(command, check=True)
            line, line_used = time.perf_counter() - began, processor() - used
            os.unlink(out)
            stillpoint.shutdown()
            began, used = time.perf_counter(), processor()
            found = sum(points.complete for points in stillpoint.find_fixed_points_of_many(models))
            ours = time.perf_counter() - began
            stillpoint.shutdown()
            ours_used = processor() - used
            assert found == MODELS
            print(f"{MODELS} models, s: command line {line:.1f}, package {ours:.1f}, ratio {ours / line:.2f} ({load()})")
            print(f"  of the processor: {line_used:.1f} and {ours_used:.1f}, ratio {ours_used / line_used:.2f}")


if __name__ == "__main__":
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {_connection.connect().facts['runtime']}")
    overhead()
    many()
