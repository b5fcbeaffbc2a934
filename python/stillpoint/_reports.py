"""Answers that are no fixed points of one model: counts, checks, sweeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from ._results import Complexes, Floats, Indices, Masks, complex_of, masks_of


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    phase: str
    """"regions", "search", …"""
    fraction: float
    """The settled share of the phase's work, 0 to 1."""
    done: int
    """Regions or boxes done so far."""
    fixed_points: int
    """Fixed points certified so far."""


@dataclass(frozen=True)
class RegionCount:
    """How large a model is for each method."""

    name: str
    latent_dim: int
    units: int
    hyperplanes: int
    distinct_hyperplanes: int
    regions: int
    """Σ C(n, r), r ≤ ρ: the number of regions in general position, a bound otherwise."""
    subsets_owned: int
    subsets_branch: int
    seconds_regions: float
    """Estimated, to an order of magnitude."""
    seconds_search: float
    auto: str
    """The method that "auto" takes."""
    out_of_reach: Optional[str] = None
    """Why "auto" is not likely to end within a day."""
    search_boxes: Optional[int] = None
    """How many boxes a search takes, estimated; None where "auto" takes regions, or a sample would take long."""
    search_certainty: Optional[str] = None
    """Of ``search_boxes``: "counted", "estimated", or "at least", which errs low."""
    search_relative_error: Optional[float] = None
    """The relative standard error of ``search_boxes``; None where there are not several samples."""


@dataclass(frozen=True)
class Remark:
    """A statement of a result: one that is wrong, or one that can't be checked."""

    path: str
    """``fixedPoints[3].z[1]``"""
    message: str


@dataclass(frozen=True)
class VerifyReport:
    """What an exact check of a result's statements came to. It is true if all that was checked is right."""

    ok: bool
    problems: List[Remark]
    checked: Dict[str, int]
    unchecked: List[Remark]

    def __bool__(self) -> bool:
        return self.ok


@dataclass(frozen=True)
class Cycle:
    """k different points with F(z_t) = z_{t+1} and F(z_{k−1}) = z_0."""

    period: int
    """k, the minimal period."""
    z: Floats
    """(k, R): the exact solutions, correctly rounded, in the order of the orbit."""
    eigenvalues: Complexes
    """(R,): the multipliers."""
    stability: str
    active: Masks
    """(k, hyperplanes)"""
    ties: Masks
    """(k, hyperplanes)"""
    record: Dict[str, Any]
    """All that is known of it, as the program gave it."""


@dataclass(frozen=True)
class CycleContinuum:
    """A connected set of cycles of one period with one affine hull."""

    period: int
    dimension: int
    point: Floats
    """(k, R): the orbit nearest to the origin."""
    basis: Floats
    """(dimension, k, R): directions in reduced row echelon form."""
    bounded: bool
    record: Dict[str, Any]
    """All that is known of it, as the program gave it."""


@dataclass(frozen=True, eq=False, repr=False)
class Cycles:
    """All cycles of a map, of the periods that were asked for; a sequence of them."""

    name: str
    complete: bool
    """True means proved: there are no others of these periods."""
    incomplete_because: Optional[str]
    complete_up_to: int
    """All cycles up to this period are listed."""
    periods: List[int]
    cycles: List[Cycle]
    """By period, then in lexicographic order of their first points."""
    continua: List[CycleContinuum]
    """Lines, planes … of cycles: none of their orbits of the same period is among ``cycles``."""
    result: Dict[str, Any]
    """The whole answer as the program gave it (schema stillpoint/cycles@1)."""
    proof_bytes: Optional[bytes] = None
    """The proof file, with proof=True; None if there is none."""

    def __repr__(self) -> str:
        proved = "complete" if self.complete else f"incomplete: {self.incomplete_because}"
        periods = f"of period {self.periods[0]}" if len(self.periods) == 1 else f"up to period {self.periods[-1]}"
        cycles = f"{len(self.cycles)} cycle{'' if len(self.cycles) == 1 else 's'}"
        also = f" and {len(self.continua)} {'continuum' if len(self.continua) == 1 else 'continua'}" if self.continua else ""
        return f"<{cycles}{also} {periods} of {self.name!r}, {proved}>"

    def __len__(self) -> int:
        return len(self.cycles)

    def __iter__(self) -> Iterator[Cycle]:
        return iter(self.cycles)

    def __getitem__(self, index: int) -> Cycle:
        return self.cycles[index]

    def __bool__(self) -> bool:
        return True

    def to_dict(self) -> Dict[str, Any]:
        """The whole answer as the program gave it."""
        return self.result

    def to_pandas(self) -> Any:
        """A DataFrame with a row for each point of each cycle: cycle, period, t, z0 …, stability."""
        import pandas as pd  # pyright: ignore[reportMissingImports, reportMissingTypeStubs]

        rows = [
            [number, cycle.period, t, *z, cycle.stability]
            for number, cycle in enumerate(self.cycles)
            for t, z in enumerate(cycle.z)
        ]
        coordinates = [f"z{k}" for k in range(self.result["model"]["latentDim"])]
        return pd.DataFrame(rows, columns=["cycle", "period", "t", *coordinates, "stability"])  # pyright: ignore


@dataclass(frozen=True)
class BranchPiece:
    """A part of a branch in one region: z moves in proportion to s."""

    s: Floats
    """(2,)"""
    z: Floats
    """(2, R)"""
    stability: str
    active: Indices
    ties: Indices


@dataclass(frozen=True)
class Branch:
    """A fixed point, followed as far as it is one continuous function of s."""

    pieces: List[BranchPiece]
    birth: Optional[int]
    """The event in which it is born; None at an end of the range."""
    death: Optional[int]

    @property
    def s(self) -> Floats:
        """(pieces + 1,): where pieces begin, and the last one ends."""
        return np.array([piece.s[0] for piece in self.pieces] + [self.pieces[-1].s[1]])

    @property
    def z(self) -> Floats:
        """(pieces + 1, R)"""
        return np.array([piece.z[0] for piece in self.pieces] + [self.pieces[-1].z[1]])


@dataclass(frozen=True)
class SweepEvent:
    """Where branches begin, end, meet or cross a hyperplane."""

    s: float
    kind: str
    """"crossing", "fold", "flip", "multiplication", "junction", "end", "isolated" or "edge"."""
    z: Floats
    hyperplanes: Indices
    before: List[int]
    """Branches that come from smaller s."""
    after: List[int]


@dataclass(frozen=True)
class CycleBranch:
    """A cycle of one period, followed as far as it is one continuous function of s."""

    s: Floats
    """(pieces + 1,): where pieces begin, and the last one ends."""
    points: Floats
    """(pieces + 1, period, R), in the order of the orbit."""
    stability: List[str]
    """One for each piece."""
    birth: Optional[int]
    death: Optional[int]


@dataclass(frozen=True)
class CycleBranches:
    """All branches of cycles of one minimal period."""

    period: int
    branches: List[CycleBranch]
    events: List[SweepEvent]
    """``z`` is (points, R), from the least point, and ``hyperplanes`` those of all points."""
    complete: bool
    incomplete_because: Optional[str]
    coverage: str


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """All branches of fixed points of one model while one component of its input moves over a range."""

    name: str
    parameter: str
    s: Floats
    """(samples,)"""
    branches: List[Branch]
    events: List[SweepEvent]
    complete: bool
    """True means a proof of what ``coverage`` says."""
    incomplete_because: Optional[str]
    coverage: str
    """"range": no branch is missing at any s. "samples": none at the samples."""
    cycles: List[CycleBranches]
    """With ``max_period``, one for each period from 2 on."""
    result: Dict[str, Any]
    """The whole answer as the program gave it (schema stillpoint/sweep@1)."""

    def __repr__(self) -> str:
        proved = "complete" if self.complete else f"incomplete: {self.incomplete_because}"
        return f"<{len(self.branches)} branches of {self.name!r} along {self.parameter}, {proved}>"

    def points(self, sample: int) -> Tuple[Floats, List[str]]:
        """z (K, R) and stability of all fixed points at one sample."""
        points = self.result["samples"][sample]["points"]
        z = np.array([point["z"] for point in points], float).reshape(len(points), self.result["model"]["latentDim"])
        return z, [point["stability"] for point in points]

    def to_dict(self) -> Dict[str, Any]:
        """The whole answer as the program gave it."""
        return self.result

    def to_pandas(self) -> Any:
        """A DataFrame with a row for each fixed point at each sample: s, z0 …, stability."""
        import pandas as pd  # pyright: ignore[reportMissingImports, reportMissingTypeStubs]

        dim = self.result["model"]["latentDim"]
        rows = [
            [sample["s"], *point["z"], point["stability"]]
            for sample in self.result["samples"]
            for point in sample["points"]
        ]
        names = [self.parameter, *(f"z{k}" for k in range(dim)), "stability"]
        return pd.DataFrame(rows, columns=names)  # pyright: ignore

    def svg(self, coordinate: int = 0) -> str:
        """Stillpoint's own picture as SVG."""
        from ._pictures import svg_of_sweep

        return svg_of_sweep(self, coordinate)

    def plot(self, axes: Any = None, coordinate: int = 0) -> Any:
        """Draws one coordinate over the input with matplotlib: stable branches solid, others dashed.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from ._pictures import plot_sweep

        return plot_sweep(self, axes, coordinate)

    def _repr_html_(self) -> str:
        from ._pictures import html_of_sweep

        return html_of_sweep(self)


def region_count(answer: Dict[str, Any]) -> RegionCount:
    """The answer to ``count``."""
    model, subsets, seconds = answer["model"], answer["subsets"], answer["estimatedSeconds"]
    boxes = answer.get("searchBoxes", {})
    seconds_search = seconds["search"] if boxes.get("certainty", "at least") == "at least" else boxes["seconds"]
    return RegionCount(
        name=model["name"],
        latent_dim=model["latentDim"],
        units=model["units"],
        hyperplanes=model["hyperplanes"],
        distinct_hyperplanes=answer["distinctHyperplanes"],
        regions=int(answer["regions"]),
        subsets_owned=int(subsets["owned"]),
        subsets_branch=int(subsets["branch"]),
        seconds_regions=seconds["regions"],
        seconds_search=seconds_search,
        auto=answer["auto"],
        out_of_reach=answer.get("outOfReach"),
        search_boxes=boxes.get("boxes"),
        search_certainty=boxes.get("certainty"),
        search_relative_error=boxes.get("relativeError"),
    )


def verify_report(answer: Dict[str, Any]) -> VerifyReport:
    """The answer to ``verify``."""
    return VerifyReport(
        ok=answer["ok"],
        problems=[Remark(each["path"], each["message"]) for each in answer["problems"]],
        checked=dict(answer["checked"]),
        unchecked=[Remark(each["path"], each["reason"]) for each in answer["unchecked"]],
    )


def cycles_of(answer: Dict[str, Any], proof: Optional[bytes] = None) -> Cycles:
    """The answer to ``cycles``."""
    model = answer["model"]

    def cycle(record: Dict[str, Any]) -> Cycle:
        points = record["points"]
        return Cycle(
            period=record["period"],
            z=np.array([point["z"] for point in points], float).reshape(len(points), model["latentDim"]),
            eigenvalues=complex_of(record["eigenvalues"]),
            stability=record["stability"],
            active=masks_of(points, "active", model["hyperplanes"]),
            ties=masks_of(points, "ties", model["hyperplanes"]),
            record=record,
        )

    def continuum(record: Dict[str, Any]) -> CycleContinuum:
        shape = (record["period"], model["latentDim"])
        return CycleContinuum(
            period=record["period"],
            dimension=record["dimension"],
            point=np.array(record["point"], float).reshape(shape),
            basis=np.array(record["basis"], float).reshape(record["dimension"], *shape),
            bounded=record["bounded"],
            record=record,
        )

    return Cycles(
        name=model["name"],
        complete=answer["complete"],
        incomplete_because=answer.get("incompleteBecause"),
        complete_up_to=answer["completeUpTo"],
        periods=[each["period"] for each in answer["periods"]],
        cycles=[cycle(record) for record in answer["cycles"]],
        continua=[continuum(record) for record in answer["continua"]],
        result=answer,
        proof_bytes=proof,
    )


def sweep_of(answer: Dict[str, Any]) -> Sweep:
    """The answer to ``sweep``."""
    return Sweep(
        name=answer["model"]["name"],
        parameter=answer["parameter"]["parameter"],
        s=np.array([sample["s"] for sample in answer["samples"]], float),
        branches=[
            Branch([_piece(piece) for piece in branch["pieces"]], branch["birth"], branch["death"])
            for branch in answer["branches"]
        ],
        events=[
            SweepEvent(
                each["s"], each["kind"], np.array(each["z"], float), _indices(each["hyperplanes"]), each["before"], each["after"]
            )
            for each in answer["events"]
        ],
        complete=answer["complete"],
        incomplete_because=answer.get("incompleteBecause"),
        coverage=answer["coverage"],
        cycles=[_cycle_branches(each) for each in answer.get("cycles", [])],
        result=answer,
    )


def _cycle_branches(answer: Dict[str, Any]) -> CycleBranches:
    return CycleBranches(
        period=answer["period"],
        branches=[
            CycleBranch(
                np.array([piece["from"] for piece in branch["pieces"]] + [branch["pieces"][-1]["to"]], float),
                np.array([piece["pointsFrom"] for piece in branch["pieces"]] + [branch["pieces"][-1]["pointsTo"]], float),
                [piece["stability"] for piece in branch["pieces"]],
                branch["birth"],
                branch["death"],
            )
            for branch in answer["branches"]
        ],
        events=[
            SweepEvent(
                each["s"],
                each["kind"],
                np.array(each["points"], float),
                _indices(sorted({j for ties in each["hyperplanes"] for j in ties})),
                each["before"],
                each["after"],
            )
            for each in answer["events"]
        ],
        complete=answer["complete"],
        incomplete_because=answer.get("incompleteBecause"),
        coverage=answer["coverage"],
    )


def _piece(piece: Dict[str, Any]) -> BranchPiece:
    return BranchPiece(
        np.array([piece["from"], piece["to"]], float),
        np.array([piece["zFrom"], piece["zTo"]], float),
        piece["stability"],
        _indices(piece["active"]),
        _indices(piece["ties"]),
    )


def _indices(values: Sequence[int]) -> Indices:
    return np.array(values, dtype=np.int64)
