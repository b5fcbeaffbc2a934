"""The algorithm of Pals (2023), observation 3, in plain NumPy, for comparison: ``note.py < system.json``.

All C(N, R) intersections of R hyperplanes, the signs of the other units there, all 2^R settings of the tied units, unique masks, one
batched solve, the consistency check. In float64 without error bounds, so without proof; in chunks, so that memory is bounded by the
unique masks. Reads {"M": [R][R], "U": [N][R], "V": [N][R], "h": [N], "g": [R], "runs", "minSeconds", "maxRuns"} for
G(z) = M z + V^T relu(U z - h) - g; writes one line of JSON: seconds of each run (without the start of Python and one run before), masks,
fixed points.
"""

import itertools
import json
import os
import re
import resource
import sys
import time

# one thread, as Stillpoint has; must be set before NumPy is loaded
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402

CHUNK = 1 << 14


def chunks(iterator, size):
    """Arrays of up to ``size`` subsets each."""
    while True:
        part = list(itertools.islice(iterator, size))
        if not part:
            return
        yield np.array(part)


def unique_masks(U, h):
    """Masks of all regions that touch an intersection: packed bits, shape (masks, ceil(N / 8))."""
    N, R = U.shape
    settings = np.array(list(itertools.product([False, True], repeat=R)))
    unique = np.empty((0, (N + 7) // 8), np.uint8)
    for subsets in chunks(itertools.combinations(range(N), R), CHUNK):
        vertices = np.linalg.solve(U[subsets], h[subsets][:, :, None])[:, :, 0]
        signs = vertices @ U.T > h
        # (subsets, settings, N): the tied units take every setting
        masks = np.repeat(signs[:, None, :], len(settings), axis=1)
        np.put_along_axis(masks, np.repeat(subsets[:, None, :], len(settings), axis=1), settings[None], axis=2)
        packed = np.packbits(masks.reshape(-1, N), axis=1)
        unique = unique_rows(np.concatenate([unique, unique_rows(packed)]))
    return unique


def unique_rows(rows):
    """As ``np.unique(rows, axis=0)``, which is several times slower than to compare each row as one string."""
    flat = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.shape[1])))[:, 0]
    return np.unique(flat).view(np.uint8).reshape(-1, rows.shape[1])


def fixed_points(M, U, V, h, g):
    """(number of masks, fixed points of shape (n, R))."""
    N, R = U.shape
    packed = unique_masks(U, h)
    terms = (V[:, :, None] * U[:, None, :]).reshape(N, R * R)
    found = []
    for start in range(0, len(packed), CHUNK):
        masks = np.unpackbits(packed[start : start + CHUNK], axis=1, count=N).astype(float)
        matrices = M + (masks @ terms).reshape(-1, R, R)
        z = np.linalg.solve(matrices, (masks @ (V * h[:, None]) + g)[:, :, None])[:, :, 0]
        consistent = ((2 * masks - 1) * (z @ U.T - h) >= 0).all(axis=1)
        found.append(z[consistent])
    return len(packed), np.concatenate(found)


def blas():
    """Name of the library that NumPy's linear algebra is loaded from."""
    try:
        with open("/proc/self/maps") as maps:
            names = re.findall(r"lib(?:openblas|blas|mkl|blis|atlas)[^/\s]*\.so", maps.read())
    except OSError:
        return "unknown"
    return names[0] if names else "NumPy's own"


def main():
    given = json.load(sys.stdin)
    system = [np.array(given[name], float) for name in ("M", "U", "V", "h", "g")]
    fixed_points(*system)
    seconds = []
    while len(seconds) < given["runs"] or (sum(seconds) < given["minSeconds"] and len(seconds) < given["maxRuns"]):
        started = time.perf_counter()
        masks, points = fixed_points(*system)
        seconds.append(time.perf_counter() - started)
    result = {
        "seconds": seconds,
        "masks": masks,
        "points": points.tolist(),
        "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "versions": {"Python": sys.version.split()[0], "NumPy": np.__version__, "BLAS": blas()},
    }
    print(json.dumps(result))


main()
