"""Pictures and tables of answers, for notebooks and papers."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Dict, List

import numpy as np

from ._connection import connect
from ._errors import OptionError, StillpointError
from ._models import Encoded

if TYPE_CHECKING:
    from ._reports import Sweep
    from ._results import FixedPoints

_MOST_ROWS = 50

_COLOURS = {
    "stable": "#0072b2",
    "saddle": "#d55e00",
    "unstable": "#a3195b",
    "semistable": "#8f6400",
    "marginal": "#007a5a",
    "undetermined": "#5c5c5c",
}
_PERIOD_COLOURS = ["#006b50", "#8a3d86", "#7a5c00", "#1a1a1a"]
"""Of the periods 2, 3, …, as in Stillpoint's own pictures."""
"""Okabe and Ito (2008), as in Stillpoint's own pictures."""

_FILL = {"stable": "full", "semistable": "left", "saddle": "left", "marginal": "bottom"}
"""matplotlib's fillstyle; all others are open."""


def svg_of_points(points: FixedPoints, picture: str) -> str:
    """Stillpoint's picture of a result."""
    options = {"picture": picture, "input": points.input}
    with _model_of(points).message() as model:
        return connect().ask({"do": "plot", **model, "result": points.result, "options": options})


def svg_of_sweep(sweep: Sweep, coordinate: int) -> str:
    """Stillpoint's picture of a sweep."""
    return connect().ask({"do": "plot", "sweep": sweep.result, "options": {"coordinate": coordinate}})


def html_of_points(points: FixedPoints) -> str:
    """A table and the picture."""
    names = [*(f"z<sub>{k}</sub>" for k in range(points.latent_dim)), "stability", "max |λ|" if points.is_discrete else "max Re λ"]
    rows = [
        [*(f"{x:.6g}" for x in z), escape(str(stability)), f"{spectral:.6g}"]
        for z, stability, spectral in zip(points.z[:_MOST_ROWS], points.stability, points.spectral)
    ]
    proved = "Complete: proved that there are no others." if points.complete else f"Incomplete: {points.incomplete_because}."
    more = f" {len(points) - _MOST_ROWS} more are not shown." if len(points) > _MOST_ROWS else ""
    continua = f" {len(points.continua)} continua of fixed points." if points.continua else ""
    text = f"<b>{escape(points.name)}</b>: {len(points)} fixed points.{continua} {escape(proved)}{more}"
    return _page(text, names, rows, lambda: svg_of_points(points, "all") if points.model is not None else "")


def html_of_sweep(sweep: Sweep) -> str:
    """The events in a table, and the picture."""
    rows = [[f"{each.s:.6g}", each.kind, escape(np.array2string(each.z, precision=5))] for each in sweep.events]
    proved = "Complete." if sweep.complete else f"Incomplete: {sweep.incomplete_because}."
    more = f" {len(rows) - _MOST_ROWS} more events are not shown." if len(rows) > _MOST_ROWS else ""
    of_cycles = "".join(f", {len(each.branches)} of {each.period}-cycles" for each in sweep.cycles)
    text = f"<b>{escape(sweep.name)}</b>: {len(sweep.branches)} branches{of_cycles} along {sweep.parameter}. {escape(proved)}{more}"
    return _page(text, [sweep.parameter, "event", "z"], rows[:_MOST_ROWS], lambda: svg_of_sweep(sweep, 0))


def plot_points(points: FixedPoints, axes: Any, coordinates: Sequence[int]) -> Any:
    """See FixedPoints.plot."""
    axes = _axes(axes)
    if points.latent_dim == 1 and points.is_discrete and points.model is not None:
        return _plot_map(points, axes)
    first, second = (0, 0) if points.latent_dim == 1 else _checked(coordinates, points.latent_dim)
    y = np.zeros(len(points)) if points.latent_dim == 1 else points.z[:, second]
    _mark(axes, points.z[:, first], y, [str(each) for each in points.stability])
    axes.set_xlabel(f"$z_{first}$")
    if points.latent_dim > 1:
        axes.set_ylabel(f"$z_{second}$")
    return axes


def plot_sweep(sweep: Sweep, axes: Any, coordinate: int) -> Any:
    """See Sweep.plot."""
    axes = _axes(axes)
    _checked([coordinate], sweep.result["model"]["latentDim"])
    for branch in sweep.branches:
        for piece in branch.pieces:
            style = "-" if piece.stability == "stable" else "--"
            axes.plot(piece.s, piece.z[:, coordinate], style, color=_COLOURS[piece.stability])
    for event in sweep.events:
        if event.kind != "crossing":
            axes.plot(event.s, event.z[coordinate], "s", color="#1a1a1a", markersize=4, fillstyle="none")
    for cycles in sweep.cycles:
        color = _PERIOD_COLOURS[(cycles.period - 2) % len(_PERIOD_COLOURS)]
        for branch in cycles.branches:
            for i, stability in enumerate(branch.stability):
                style = "-" if stability == "stable" else "--"
                axes.plot(branch.s[i : i + 2], branch.points[i : i + 2, :, coordinate], style, color=color, linewidth=1)
    axes.set_xlabel(sweep.parameter)
    axes.set_ylabel(f"$z_{coordinate}$")
    return axes


def _plot_map(points: FixedPoints, axes: Any) -> Any:
    """The map z → F(z) and the diagonal, which meet at the fixed points."""
    from ._api import trajectory_of

    z = points.z[:, 0]
    low, high = (z.min(), z.max()) if len(z) > 0 else (-1.0, 1.0)
    margin = 0.5 * (high - low) or 1.0
    grid = np.linspace(low - margin, high + margin, 401)
    states = trajectory_of(_model_of(points), grid[:, None], 1, points.input)
    axes.plot(grid, states[:, 1, 0], color="#1a1a1a", linewidth=1)
    axes.plot(grid, grid, color="#b9b9b9", linewidth=1)
    _mark(axes, z, z, [str(each) for each in points.stability])
    axes.set_xlabel("$z_t$")
    axes.set_ylabel("$z_{t+1}$")
    return axes


def _mark(axes: Any, x: Any, y: Any, stability: List[str]) -> None:
    """The field's habit: stable points are filled, unstable ones open."""
    for name, colour in _COLOURS.items():
        chosen = np.array([each == name for each in stability], dtype=bool)
        if not chosen.any():
            continue
        fill: Dict[str, Any] = {"fillstyle": _FILL.get(name, "none"), "markerfacecoloralt": "white"}
        axes.plot(x[chosen], y[chosen], "o", color=colour, markersize=7, linestyle="none", label=name, **fill)
    if stability:
        axes.legend(frameon=False)


def _axes(axes: Any) -> Any:
    if axes is not None:
        return axes
    import matplotlib.pyplot as plt  # pyright: ignore[reportMissingImports, reportMissingTypeStubs]

    return plt.subplots()[1]  # pyright: ignore


def _checked(coordinates: Sequence[int], dim: int) -> Sequence[int]:
    if all(0 <= k < dim for k in coordinates):
        return coordinates
    raise OptionError(f"coordinates: must be from 0 to {dim - 1} (got {list(coordinates)})", "coordinates")


def _model_of(points: FixedPoints) -> Encoded:
    if points.model is None:
        raise StillpointError("these fixed points were read from a file, without their model; solve it to draw it")
    return points.model


def _page(text: str, names: Sequence[str], rows: Sequence[Sequence[str]], picture: Any) -> str:
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if rows else ""
    try:
        svg = picture()
    except StillpointError as error:
        # a notebook shows the table all the same
        svg = f"<p>No picture: {escape(str(error))}</p>"
    return f"<div><p>{text}</p>{table}{svg}</div>"
