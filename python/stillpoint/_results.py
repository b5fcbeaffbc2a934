"""The fixed points of a model, as NumPy arrays."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Union, cast, overload

import numpy as np
from numpy.typing import NDArray

from ._errors import StillpointError, error_of

if TYPE_CHECKING:
    from ._models import Encoded

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]
Indices = NDArray[np.int64]
Masks = NDArray[np.bool_]


@dataclass(frozen=True)
class Directions:
    """How many eigenvalues lie inside, on and outside the unit circle (continuous time: left of, on, right of the imaginary
    axis): proved."""

    stable: int
    neutral: int
    unstable: int
    undecided: int = 0
    """Those that could not be told, in more than 20 dimensions only."""


@dataclass(frozen=True)
class Linearisation:
    """The linear map (discrete time) or flow (continuous time) on one side of a fixed point that lies on hyperplanes."""

    active: Indices
    eigenvalues: Complexes
    directions: Optional[Directions] = None


@dataclass(frozen=True)
class NearDegeneracy:
    """How near a fixed point is to another answer, in rounding errors of the model's numbers."""

    margin: float
    because: List[str]
    """Of "singular matrix", "eigenvalue", "hyperplane", "neighbour"."""
    precision: str
    """"float32" if every number of the model is one exactly, else "float64"."""


@dataclass(frozen=True)
class FixedPoint:
    """One fixed point."""

    z: Floats
    """(R,): the exact solution, correctly rounded."""
    active: Indices
    """Hyperplanes with u·z > h exactly."""
    ties: Indices
    """Hyperplanes with u·z = h exactly."""
    status: str
    """"certified"."""
    error: float
    """Bound on max |z − exact|."""
    eigenvalues: Complexes
    """(R,), with all ties inactive."""
    stability: str
    """"stable", "unstable", "saddle", "semistable", "marginal" or "undetermined"."""
    spectral_radius: Optional[float] = None
    """max |λ|; discrete time only."""
    spectral_abscissa: Optional[float] = None
    """max Re λ; continuous time only."""
    linearisations: List[Linearisation] = field(default_factory=lambda: [])
    """One for each side, where there are ties."""
    spectral_bounds: Optional[Floats] = None
    """(2,): the exact spectral radius (abscissa) lies between, proved."""
    directions: Optional[Directions] = None
    """None where the sides of a tie differ."""
    nearly_degenerate: Optional[NearDegeneracy] = None
    """Only where the point hangs on the last digits of the model's numbers."""
    hyperbolic: Optional[bool] = None
    """Whether no direction is neutral; None where that is not known or has no meaning."""


@dataclass(frozen=True)
class Continuum:
    """A connected set of fixed points: {point + coefficients @ basis} inside the regions named."""

    dimension: int
    point: Floats
    """(R,): the one that is nearest to the origin."""
    basis: Floats
    """(dimension, R)"""
    regions: List[Indices]
    bounded: bool = False
    pieces: List[Dict[str, Any]] = field(default_factory=lambda: [])
    """Its convex pieces, with vertices, rays and lines, as the README has them."""


@dataclass(frozen=True)
class VirtualFixedPoint:
    """The candidate of a region that it does not lie in."""

    z: Floats
    region: Indices
    eigenvalues: Complexes


@dataclass(frozen=True, eq=False, repr=False)
class FixedPoints(Sequence[FixedPoint]):
    """All fixed points of one model: K of them, in lexicographic order of z.

    As a sequence it holds a FixedPoint for each; its arrays have a row for each.
    """

    name: str
    complete: bool
    """True means proved: there are no others."""
    incomplete_because: Optional[str]
    z: Floats
    """(K, R): the exact solutions, correctly rounded."""
    eigenvalues: Complexes
    """(K, R), the dominant one first; NaN where they were not computed."""
    stability: NDArray[np.str_]
    """(K,): "stable", "unstable", "saddle", "semistable", "marginal" or "undetermined"."""
    active: Masks
    """(K, hyperplanes): u·z > h exactly."""
    ties: Masks
    """(K, hyperplanes): u·z = h exactly."""
    spectral: Floats
    """(K,): the spectral radius, in continuous time the spectral abscissa; NaN where the class is undetermined."""
    continua: List[Continuum]
    virtual: List[VirtualFixedPoint]
    """Only with virtual=True."""
    result: Dict[str, Any]
    """The whole result as the program gave it (schema stillpoint/result@1)."""
    model: Optional[Encoded] = None
    """The model, as it was sent: what pictures and trajectories are made of. None for results that were read."""
    input: Optional[Dict[str, float]] = None
    """The constant input that the model was given."""
    proof_bytes: Optional[bytes] = None
    """The proof file, of a complete list with proof=True; None if there is none."""

    def __len__(self) -> int:
        return len(self.z)

    @overload
    def __getitem__(self, index: int) -> FixedPoint: ...
    @overload
    def __getitem__(self, index: slice) -> List[FixedPoint]: ...
    def __getitem__(self, index: Union[int, slice]) -> Union[FixedPoint, List[FixedPoint]]:
        found = self.result["fixedPoints"][index]
        return [_fixed_point(point) for point in found] if isinstance(index, slice) else _fixed_point(found)

    def __iter__(self) -> Iterator[FixedPoint]:
        return (_fixed_point(point) for point in self.result["fixedPoints"])

    def __repr__(self) -> str:
        proved = "complete" if self.complete else f"incomplete: {self.incomplete_because}"
        return f"<{len(self)} fixed points of {self.name!r}, {proved}>"

    @property
    def latent_dim(self) -> int:
        """R."""
        return self.z.shape[1]

    @property
    def is_discrete(self) -> bool:
        """Whether time is discrete: a map, and not a flow."""
        kind = self.result["model"]["kind"]
        return not (kind.startswith("continuous") or kind == "TLN")

    def to_dict(self) -> Dict[str, Any]:
        """The whole result as the program gave it: what ``verify`` takes, and ``json.dump``."""
        return self.result

    def to_pandas(self) -> Any:
        """A DataFrame with a row for each fixed point: z0 …, stability, spectral, directions, active, ties, complete."""
        import pandas as pd  # pyright: ignore[reportMissingImports, reportMissingTypeStubs]

        def count(point: Dict[str, Any], name: str) -> Optional[int]:
            return point.get("directions", {}).get(name)

        points = self.result["fixedPoints"]
        columns: Dict[str, Any] = {"model": [self.name] * len(self)}
        columns.update({f"z{k}": self.z[:, k] for k in range(self.latent_dim)})
        columns.update({"stability": self.stability.astype(object), "spectral": self.spectral})
        columns.update({name: [count(point, name) for point in points] for name in ("stable", "neutral", "unstable")})
        columns.update({"active": self.active.sum(axis=1), "ties": self.ties.sum(axis=1), "complete": self.complete})
        return pd.DataFrame(columns)  # pyright: ignore

    def svg(self, picture: str = "all") -> str:
        """Stillpoint's own picture as SVG: "all", "state", "eigenvalues" or "masks"."""
        from ._pictures import svg_of_points

        return svg_of_points(self, picture)

    def plot(self, axes: Any = None, coordinates: Sequence[int] = (0, 1)) -> Any:
        """Draws the points with matplotlib: stable ones filled, unstable ones open, saddles half filled.

        Parameters
        ----------
        axes : matplotlib.axes.Axes, optional
            Where to draw; by default a new figure.
        coordinates : (int, int)
            Which two coordinates of z to show. For R = 1 the map and the diagonal are drawn.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from ._pictures import plot_points

        return plot_points(self, axes, coordinates)

    def _repr_html_(self) -> str:
        from ._pictures import html_of_points

        return html_of_points(self)


def proof_of(answer: Dict[str, Any]) -> Optional[bytes]:
    """The proof file that stands beside a result."""
    proof = answer.get("proofBytes")
    return None if proof is None else base64.b64decode(proof)


def fixed_points(
    result: Dict[str, Any],
    model: Optional[Encoded] = None,
    input: Optional[Dict[str, float]] = None,
    proof: Optional[bytes] = None,
) -> FixedPoints:
    """The arrays of a result of schema stillpoint/result@1."""
    points = result["fixedPoints"]
    summary = result["model"]
    dim, planes = summary["latentDim"], summary["hyperplanes"]
    eigenvalues = np.full((len(points), dim), complex(np.nan, np.nan))
    for k, point in enumerate(points):
        if point["eigenvalues"]:
            eigenvalues[k] = complex_of(point["eigenvalues"])
    return FixedPoints(
        name=summary["name"],
        complete=result["complete"],
        incomplete_because=result.get("incompleteBecause"),
        z=np.array([point["z"] for point in points], float).reshape(len(points), dim),
        eigenvalues=eigenvalues,
        stability=np.array([point["stability"] for point in points], dtype=np.str_),
        active=masks_of(points, "active", planes),
        ties=masks_of(points, "ties", planes),
        spectral=np.array([_spectral(point) for point in points], float),
        continua=[_continuum(each, dim) for each in result["continua"]],
        virtual=[
            VirtualFixedPoint(np.array(each["z"], float), _indices(each["region"]), complex_of(each["eigenvalues"]))
            for each in result.get("virtualFixedPoints", [])
        ],
        result=result,
        model=model,
        input=input,
        proof_bytes=proof,
    )


def read_results(path: Union[str, "os.PathLike[str]"]) -> List[Union[FixedPoints, StillpointError]]:
    """What ``stillpoint solve`` or ``merge`` wrote as json or ndjson; a model that could not be solved is its error.

    Raises
    ------
    StillpointError
        If it is no file of results.
    """
    text = Path(path).read_text(encoding="utf-8")
    try:
        try:
            whole: Any = json.loads(text)
            values = cast(List[Any], whole) if isinstance(whole, list) else [whole]
        except json.JSONDecodeError:
            values = [json.loads(line) for line in text.split("\n") if line.strip()]
        return [_outcome(value) for value in values]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise StillpointError(f"{path}: is no file of results ({error})", "INVALID_FILE") from error


def _outcome(value: Dict[str, Any]) -> Union[FixedPoints, StillpointError]:
    return error_of(value["error"]) if value["schema"] == "stillpoint/error@1" else fixed_points(value)


def _fixed_point(point: Dict[str, Any]) -> FixedPoint:
    return FixedPoint(
        z=np.array(point["z"], float),
        active=_indices(point["active"]),
        ties=_indices(point["ties"]),
        status=point["status"],
        error=point["error"],
        eigenvalues=complex_of(point["eigenvalues"]),
        stability=point["stability"],
        spectral_radius=point.get("spectralRadius"),
        spectral_abscissa=point.get("spectralAbscissa"),
        linearisations=[
            Linearisation(_indices(side["active"]), complex_of(side["eigenvalues"]), _directions(side))
            for side in point.get("linearisations", [])
        ],
        spectral_bounds=None if "spectralBounds" not in point else np.array(point["spectralBounds"], float),
        directions=_directions(point),
        hyperbolic=point.get("hyperbolic"),
        nearly_degenerate=NearDegeneracy(**point["nearlyDegenerate"]) if "nearlyDegenerate" in point else None,
    )


def _continuum(continuum: Dict[str, Any], dim: int) -> Continuum:
    return Continuum(
        continuum["dimension"],
        np.array(continuum["point"], float),
        np.array(continuum["basis"], float).reshape(continuum["dimension"], dim),
        [_indices(region) for region in continuum["regions"]],
        continuum.get("bounded", False),
        continuum.get("pieces", []),
    )


def _spectral(point: Dict[str, Any]) -> float:
    return point.get("spectralRadius", point.get("spectralAbscissa", np.nan))


def _directions(record: Dict[str, Any]) -> Optional[Directions]:
    return None if "directions" not in record else Directions(**record["directions"])


def masks_of(points: List[Dict[str, Any]], key: str, planes: int) -> Masks:
    """(points, planes): the hyperplanes that a key of each point lists."""
    masks = np.zeros((len(points), planes), dtype=np.bool_)
    for mask, point in zip(masks, points):
        mask[point[key]] = True
    return masks


def _indices(values: Sequence[int]) -> Indices:
    return np.array(values, dtype=np.int64)


def complex_of(pairs: Sequence[Sequence[float]]) -> Complexes:
    """Numbers from pairs of real and imaginary parts."""
    return np.array([complex(re, im) for re, im in pairs], dtype=np.complex128)
