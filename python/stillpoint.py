"""Every fixed point of a piecewise-linear recurrent network, as NumPy arrays.

A thin layer over the ``stillpoint`` command line, which must be installed (``npm install -g stillpoint``, or a checkout after
``npm ci``). Needs Python 3.9 and NumPy, nothing else::

    import numpy as np
    from stillpoint import find_fixed_points

    points = find_fixed_points(kind="shPLRNN", A=A, W1=W1, W2=W2, h1=h1, h2=h2)
    assert points.complete          # proved: there are no others
    for point in points:
        print(point.z, point.stability, point.eigenvalues)

Arrays have the shapes of the README: for a shPLRNN  z' = A z + W1 relu(W2 z + h2) + h1  they are A (R,) or (R, R), W1 (R, N),
W2 (N, R), h1 (R,), h2 (N,). Numbers are taken as exactly the float64 or float32 values stored. PyTorch tensors are arrays
after ``.detach().cpu().numpy()``.

The command is found in this order: the argument ``command``, the environment variable STILLPOINT (split as a shell would),
``stillpoint`` on the PATH, the checkout that this file lies in, ``npx stillpoint``.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Union

import numpy as np

__all__ = [
    "Continuum",
    "FixedPoint",
    "FixedPoints",
    "IncompleteWarning",
    "Linearisation",
    "StillpointError",
    "VirtualFixedPoint",
    "find_fixed_points",
    "find_fixed_points_of_files",
    "find_fixed_points_of_many",
    "read_results",
]


class StillpointError(Exception):
    """A model or an option that can't be used, or a run that failed; ``code`` is the program's own code for it."""

    def __init__(self, message: str, code: str = "FAILED") -> None:
        super().__init__(message)
        self.code = code


class IncompleteWarning(UserWarning):
    """A budget ended before the list of fixed points was proved complete."""


@dataclass(frozen=True)
class Linearisation:
    """The linear map (discrete time) or flow (continuous time) on one side of a fixed point that lies on hyperplanes."""

    active: np.ndarray
    eigenvalues: np.ndarray
    directions: Optional["Directions"] = None


@dataclass(frozen=True)
class NearDegeneracy:
    """How near a fixed point is to another answer, in rounding errors of the model's numbers."""

    margin: float
    because: List[str]
    """Of "singular matrix", "eigenvalue", "hyperplane", "neighbour"."""
    precision: str
    """"float32" if every number of the model is one exactly, else "float64"."""


@dataclass(frozen=True)
class Directions:
    """How many eigenvalues lie inside, on and outside the unit circle (continuous time: left of, on, right of the imaginary axis): proved."""

    stable: int
    neutral: int
    unstable: int
    undecided: int = 0
    """Those that could not be told, in more than 20 dimensions only."""


@dataclass(frozen=True)
class FixedPoint:
    """One fixed point."""

    z: np.ndarray
    """(R,) float64: the exact solution, correctly rounded."""
    active: np.ndarray
    """Hyperplanes with u·z > h exactly."""
    ties: np.ndarray
    """Hyperplanes with u·z = h exactly."""
    status: str
    """"certified"."""
    error: float
    """Bound on max |z − exact|."""
    eigenvalues: np.ndarray
    """(R,) complex128, with all ties inactive."""
    stability: str
    """"stable", "unstable", "saddle", "semistable", "marginal" or "undetermined"."""
    spectral_radius: Optional[float] = None
    """max |λ|; discrete time only."""
    spectral_abscissa: Optional[float] = None
    """max Re λ; continuous time only."""
    linearisations: List[Linearisation] = field(default_factory=list)
    """One for each side, where there are ties."""
    spectral_bounds: Optional[np.ndarray] = None
    """(2,): the exact spectral radius (abscissa) lies between, proved."""
    directions: Optional[Directions] = None
    """None where the sides of a tie differ."""
    nearly_degenerate: Optional["NearDegeneracy"] = None
    """Only where the point hangs on the last digits of the model's numbers."""
    hyperbolic: Optional[bool] = None
    """Whether no direction is neutral; None where that is not known or has no meaning."""


@dataclass(frozen=True)
class Continuum:
    """A connected set of fixed points: {point + coefficients @ basis} inside the regions named."""

    dimension: int
    point: np.ndarray
    """(R,)"""
    basis: np.ndarray
    """(dimension, R)"""
    regions: List[np.ndarray]


@dataclass(frozen=True)
class VirtualFixedPoint:
    """The candidate of a region that it does not lie in."""

    z: np.ndarray
    region: np.ndarray
    eigenvalues: np.ndarray


class FixedPoints(List[FixedPoint]):
    """The fixed points of one model, a list in lexicographic order of z; and what is known about it."""

    name: str
    complete: bool
    """True means proved: there are no others."""
    incomplete_because: Optional[str]
    continua: List[Continuum]
    virtual: List[VirtualFixedPoint]
    """Only with virtual=True."""
    result: Dict[str, Any]
    """The whole result as the program gave it (schema stillpoint/result@1)."""

    def __init__(self, result: Dict[str, Any]) -> None:
        super().__init__(_fixed_point(point) for point in result["fixedPoints"])
        self.result = result
        self.name = result["model"]["name"]
        self.complete = result["complete"]
        self.incomplete_because = result.get("incompleteBecause")
        dim = result["model"]["latentDim"]
        self.continua = [
            Continuum(
                c["dimension"],
                np.array(c["point"], float),
                np.array(c["basis"], float).reshape(c["dimension"], dim),
                [_indices(region) for region in c["regions"]],
            )
            for c in result["continua"]
        ]
        self.virtual = [
            VirtualFixedPoint(np.array(v["z"], float), _indices(v["region"]), _complex(v["eigenvalues"]))
            for v in result.get("virtualFixedPoints", [])
        ]

    @property
    def z(self) -> np.ndarray:
        """(n, R): all fixed points."""
        return np.array([point.z for point in self]).reshape(len(self), self.result["model"]["latentDim"])


def find_fixed_points(
    model: Optional[Mapping[str, Any]] = None,
    *,
    command: Union[str, Sequence[str], None] = None,
    method: Optional[str] = None,
    backend: Optional[str] = None,
    threads: Optional[int] = None,
    virtual: bool = False,
    input: Optional[Mapping[str, float]] = None,
    max_seconds: Optional[float] = None,
    max_regions: Optional[int] = None,
    **arrays: Any,
) -> FixedPoints:
    """All fixed points of one model, given as keyword arguments or a mapping: kind, A, W1, W2, … as in the README.

    method: "auto", "regions" or "search". backend: "auto", "cpu" or "webgpu". input: {"s0": 1.5} replaces components of the
    constant input. max_seconds, max_regions: budgets; a list that they cut short is not ``complete``, and an
    IncompleteWarning says so. Raises StillpointError.
    """
    options = _Options(method, backend, threads, virtual, input, max_seconds, max_regions)
    (outcome,) = _solve([{**(model or {}), **arrays}], options, command)
    if isinstance(outcome, StillpointError):
        raise outcome
    if not outcome.complete:
        warnings.warn(f"{outcome.name}: {outcome.incomplete_because}", IncompleteWarning, stacklevel=2)
    return outcome


def find_fixed_points_of_many(
    models: Iterable[Mapping[str, Any]],
    *,
    command: Union[str, Sequence[str], None] = None,
    method: Optional[str] = None,
    backend: Optional[str] = None,
    threads: Optional[int] = None,
    virtual: bool = False,
    input: Optional[Mapping[str, float]] = None,
    max_seconds: Optional[float] = None,
    max_regions: Optional[int] = None,
) -> Iterator[Union[FixedPoints, StillpointError]]:
    """The fixed points of many models, in order, as they come; a model that is bad gives its StillpointError in its place."""
    options = _Options(method, backend, threads, virtual, input, max_seconds, max_regions)
    return _solve(list(models), options, command)


def find_fixed_points_of_files(
    *paths: Union[str, "os.PathLike[str]"],
    command: Union[str, Sequence[str], None] = None,
    arguments: Sequence[str] = (),
) -> Iterator[Union[FixedPoints, StillpointError]]:
    """The same for model files, folders and globs; ``arguments`` go to ``stillpoint solve``: ["--layout", "AL-RNN"]."""
    return _run([os.fspath(path) for path in paths], list(arguments), _command(command))


def read_results(path: Union[str, "os.PathLike[str]"]) -> List[Union[FixedPoints, StillpointError]]:
    """What ``stillpoint solve`` or ``merge`` wrote as json or ndjson."""
    text = Path(path).read_text(encoding="utf-8")
    try:
        try:
            whole = json.loads(text)
            values = whole if isinstance(whole, list) else [whole]
        except json.JSONDecodeError:
            values = [json.loads(line) for line in text.split("\n") if line.strip()]
        return [_outcome(value) for value in values]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise StillpointError(f"{path}: is no file of results ({error})", "INVALID_FILE") from error


@dataclass(frozen=True)
class _Options:
    method: Optional[str]
    backend: Optional[str]
    threads: Optional[int]
    virtual: bool
    input: Optional[Mapping[str, float]]
    max_seconds: Optional[float]
    max_regions: Optional[int]

    def arguments(self) -> List[str]:
        found: List[str] = []
        for name in ("method", "backend", "threads", "max_seconds", "max_regions"):
            value = getattr(self, name)
            if value is not None:
                found += ["--" + name.replace("_", "-"), str(value)]
        for key, value in (self.input or {}).items():
            found += ["--input", f"{key}={float(value)!r}"]
        return found + (["--virtual"] if self.virtual else [])


def _solve(
    models: List[Mapping[str, Any]], options: _Options, command: Union[str, Sequence[str], None]
) -> Iterator[Union[FixedPoints, StillpointError]]:
    if not models:
        return iter(())
    return _solve_in(models, options.arguments(), _command(command))


def _solve_in(
    models: List[Mapping[str, Any]], arguments: List[str], command: List[str]
) -> Iterator[Union[FixedPoints, StillpointError]]:
    # outlives the generator's last result, and goes when it is closed
    with tempfile.TemporaryDirectory(prefix="stillpoint-") as folder:
        refused: Dict[int, StillpointError] = {}
        for i, model in enumerate(models):
            named = {"name": "model" if len(models) == 1 else f"model[{i}]", **model}
            try:
                # savez has an argument of its own that is called file; no model has such a key
                arrays = {key: _array(key, value) for key, value in named.items() if value is not None and key != "file"}
            except StillpointError as error:
                refused[i] = error
            else:
                np.savez(os.path.join(folder, f"{i}.npz"), **arrays)
        good = len(models) - len(refused)
        outcomes = _run([folder], arguments, command, good) if good > 0 else iter(())
        for i in range(len(models)):
            yield refused[i] if i in refused else next(outcomes)
        # lets the process end, and tells of what it said last
        yield from outcomes


def _array(key: str, value: Any) -> np.ndarray:
    if key == "activation" and not isinstance(value, str):
        return np.array(json.dumps(value))
    if np.ma.is_masked(value):
        raise StillpointError(f"{key}: has masked entries, which no model has. Fill them", "INVALID_MODEL")
    array = np.asarray(value)
    if array.dtype == object or array.dtype.kind not in "fiuU":
        raise StillpointError(f"{key}: must be an array of real numbers or a text (got dtype {array.dtype})", "INVALID_MODEL")
    return array


def _run(
    paths: List[str], arguments: List[str], command: List[str], models: Optional[int] = None
) -> Iterator[Union[FixedPoints, StillpointError]]:
    """One process for all models; its results one by one. With ``models`` there are so many, the missing ones as errors."""
    # options first, so that a path that begins with a dash stays a path
    line = [*command, "solve", "--format", "ndjson", "--quiet", *arguments, "--", *paths]
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
        except OSError as error:
            raise StillpointError(f"can't start {command[0]}: {error}", "NOT_FOUND") from error
        with process:
            assert process.stdout is not None
            count = 0
            failed = 0
            broken = None
            try:
                for text in process.stdout:
                    try:
                        outcome = _read_line(text)
                    except StillpointError as error:
                        # what follows can't be trusted to belong to the models in their order
                        broken = error
                        process.terminate()
                        break
                    count += 1
                    failed += isinstance(outcome, StillpointError)
                    yield outcome
            except GeneratorExit:
                process.terminate()
                raise
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip()
    ended = broken or StillpointError(said or f"stillpoint ended with code {process.returncode}")
    if models is not None and 0 < count < models:
        for _ in range(models - count):
            yield StillpointError(f"no result: {ended}", ended.code)
        return
    # 1 and 3: a model failed or is incomplete, which its own record says
    unexplained = process.returncode == 1 and failed == 0
    if broken is not None or process.returncode not in (0, 1, 3, 4) or count == 0 or (models is None and unexplained):
        raise ended


def _read_line(text: bytes) -> Union[FixedPoints, StillpointError]:
    """One line of the program's output. Raises StillpointError for anything else."""
    try:
        if not text.endswith(b"\n"):
            raise ValueError("the line is not finished")
        return _outcome(json.loads(text))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        shown = text[:80].decode("utf-8", "replace").encode("unicode_escape").decode("ascii")
        raise StillpointError(f"stillpoint answered with what is no result ({error}): {shown}", "BAD_OUTPUT") from error


def _outcome(value: Dict[str, Any]) -> Union[FixedPoints, StillpointError]:
    if value["schema"] == "stillpoint/error@1":
        return StillpointError(value["error"]["message"], value["error"]["code"])
    return FixedPoints(value)


def _fixed_point(point: Dict[str, Any]) -> FixedPoint:
    return FixedPoint(
        z=np.array(point["z"], float),
        active=_indices(point["active"]),
        ties=_indices(point["ties"]),
        status=point["status"],
        error=point["error"],
        eigenvalues=_complex(point["eigenvalues"]),
        stability=point["stability"],
        spectral_radius=point.get("spectralRadius"),
        spectral_abscissa=point.get("spectralAbscissa"),
        linearisations=[
            Linearisation(_indices(side["active"]), _complex(side["eigenvalues"]), _directions(side))
            for side in point.get("linearisations", [])
        ],
        spectral_bounds=None if "spectralBounds" not in point else np.array(point["spectralBounds"], float),
        directions=_directions(point),
        hyperbolic=point.get("hyperbolic"),
        nearly_degenerate=NearDegeneracy(**point["nearlyDegenerate"]) if "nearlyDegenerate" in point else None,
    )


def _directions(record: Dict[str, Any]) -> Optional[Directions]:
    return None if "directions" not in record else Directions(**record["directions"])


def _indices(values: Sequence[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def _complex(pairs: Sequence[Sequence[float]]) -> np.ndarray:
    return np.array([complex(re, im) for re, im in pairs], dtype=np.complex128)


def _command(given: Union[str, Sequence[str], None]) -> List[str]:
    if given is not None:
        return shlex.split(given) if isinstance(given, str) else list(given)
    if os.environ.get("STILLPOINT"):
        return shlex.split(os.environ["STILLPOINT"])
    found = shutil.which("stillpoint")
    if found:
        return [found]
    checkout = Path(__file__).resolve().parent.parent / "bin" / "stillpoint.js"
    node = shutil.which("node")
    if checkout.exists() and node:
        return [node, str(checkout)]
    npx = shutil.which("npx")
    if npx:
        return [npx, "--no-install", "stillpoint"]
    raise StillpointError("the stillpoint command was not found. Install it with npm, or set STILLPOINT", "NOT_FOUND")
