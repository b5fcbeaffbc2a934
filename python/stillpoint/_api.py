"""What can be asked of a model."""

from __future__ import annotations

import os
import warnings
from collections import deque
from typing import Any, Callable, Deque, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._connection import Call, Connection, connect
from ._errors import IncompleteWarning, OptionError, RuntimeLost, StillpointError, error_of
from ._models import Encoded, Names, array_of, base64_of, encode, numeric
from ._reports import (
    Cycles,
    Progress,
    RegionCount,
    Sweep,
    VerifyReport,
    cycles_of,
    region_count,
    sweep_of,
    verify_report,
)
from ._results import FixedPoints, fixed_points, proof_of

Command = Optional[Sequence[str]]
Outcome = Union[FixedPoints, StillpointError]

_AHEAD = 256
"""Models that are sent before the first of them is answered."""


def find_fixed_points(
    model: Any = None,
    *,
    method: Optional[str] = None,
    backend: Optional[str] = None,
    threads: Optional[int] = None,
    virtual: bool = False,
    input: Optional[Mapping[str, float]] = None,
    max_seconds: Optional[float] = None,
    max_regions: Optional[int] = None,
    proof: bool = False,
    layout: Optional[str] = None,
    names: Optional[Mapping[str, str]] = None,
    prefix: Optional[str] = None,
    column_major: Optional[bool] = None,
    on_progress: Optional[Callable[[Progress], None]] = None,
    command: Command = None,
    **arrays: Any,
) -> FixedPoints:
    """All fixed points of one model, and a proof that there are no others.

    Parameters
    ----------
    model
        A mapping of keys to arrays, a dataclass with such fields, a PyTorch module or its ``state_dict``, or the path of
        a file of any format of docs/formats.md.
    **arrays
        The same as keyword arguments: ``kind="shPLRNN", A=A, W1=W1, W2=W2, h1=h1, h2=h2``. Shapes are those of the
        README; numbers are taken as exactly the values stored, of any float or integer type.
    method : {"auto", "regions", "search"}
    backend : {"auto", "cpu", "webgpu"}
    threads : int
        Worker threads for what takes long; by default all cores.
    virtual : bool
        Also list the candidates outside their own region.
    input : mapping
        ``{"s0": 1.5}`` replaces components of the constant input.
    max_seconds, max_regions
        Budgets. A list that they cut short is not ``complete``, and an IncompleteWarning says so.
    proof : bool
        Also make a proof file of a complete list, in ``proof_bytes``: for ``stillpoint check`` and
        ``python -m stillpoint.check_proof``. Where there is none ``result["noProofBecause"]`` says why.
    layout, names, prefix, column_major
        Where the arrays have other names than the model's: those of a laboratory's code (``layout="AL-RNN"``),
        ``names={"W1": "decoder.weight", "h2": "-encoder.bias", "W2": "enc^T"}``, those below one module.
    on_progress : callable
        Is given a Progress about ten times a second. It may raise, which cancels the run.
    command
        The program to start instead of Stillpoint's own, with its arguments.

    Raises
    ------
    ModelError, OptionError, FileError
        For what can't be used.
    RuntimeMissing, RuntimeLost
        If there is no runtime, or it died. The next call starts a new one.
    """
    options = _options(method, backend, threads, virtual, input, max_seconds, max_regions)
    request = {"do": "solve", "options": {**options, "proof": proof}}
    encoded = encode(model, arrays, Names(layout, names, prefix, column_major), "model")
    answer = _answer(request, encoded, command, on_progress)
    found = fixed_points(answer["result"], encoded, _plain_input(input), proof_of(answer))
    if not found.complete:
        warnings.warn(f"{found.name}: {found.incomplete_because}", IncompleteWarning, stacklevel=2)
    return found


def find_fixed_points_of_many(
    models: Iterable[Any],
    *,
    method: Optional[str] = None,
    backend: Optional[str] = None,
    threads: Optional[int] = None,
    virtual: bool = False,
    input: Optional[Mapping[str, float]] = None,
    max_seconds: Optional[float] = None,
    max_regions: Optional[int] = None,
    layout: Optional[str] = None,
    names: Optional[Mapping[str, str]] = None,
    prefix: Optional[str] = None,
    progress: Optional[bool] = None,
    command: Command = None,
) -> Iterator[Outcome]:
    """The fixed points of many models, in their order, as they come.

    A model that is bad gives its StillpointError in its place, and so do those that are in work when the runtime dies.
    Some models are taken from the iterable before the first answer is there. Closing the generator cancels the rest.

    Parameters
    ----------
    models
        Each as in ``find_fixed_points``. They may be made while they are asked for.
    progress : bool
        A bar of tqdm: by default if tqdm is installed and standard error is a terminal.

    Yields
    ------
    FixedPoints or StillpointError
    """
    options = _options(method, backend, threads, virtual, input, max_seconds, max_regions)
    naming = Names(layout, names, prefix)
    bar = _bar(progress, models)
    given = _plain_input(input)
    try:
        for outcome in _outcomes(models, {"do": "solveMany", "options": options}, naming, given, command):
            if bar is not None:
                bar.update()
            yield outcome
    finally:
        if bar is not None:
            bar.close()


def find_fixed_points_of_files(
    *paths: Union[str, "os.PathLike[str]"],
    method: Optional[str] = None,
    backend: Optional[str] = None,
    threads: Optional[int] = None,
    virtual: bool = False,
    input: Optional[Mapping[str, float]] = None,
    max_seconds: Optional[float] = None,
    max_regions: Optional[int] = None,
    layout: Optional[str] = None,
    names: Optional[Mapping[str, str]] = None,
    prefix: Optional[str] = None,
    column_major: Optional[bool] = None,
    command: Command = None,
    **values: Any,
) -> Iterator[Outcome]:
    """The same for all models in files, folders and patterns, in natural order.

    ``values`` are what the files do not hold: ``kind="ALRNN", P=2``.
    """
    options = _options(method, backend, threads, virtual, input, max_seconds, max_regions)
    naming: Dict[str, Any] = Names(layout, names, prefix, column_major).members()
    if values:
        naming["set"] = values
    files: List[str] = [os.path.abspath(os.fspath(path)) for path in paths]
    call = connect(_listed(command)).begin({"do": "solveMany", "options": options, "paths": files, "naming": naming})
    given = _plain_input(input)
    ended = False
    try:
        while True:
            message = call.next()
            assert message is not None
            if message.get("end") or ("error" in message and "index" not in message):
                ended = True
                if "error" in message:
                    raise error_of(message["error"])
                return
            if "index" in message:
                yield _outcome_of(message, None, given)
    finally:
        call.close() if ended else call.cancel()


def find_cycles(
    model: Any = None,
    *,
    max_period: Optional[int] = None,
    period: Optional[int] = None,
    method: Optional[str] = None,
    threads: Optional[int] = None,
    input: Optional[Mapping[str, float]] = None,
    max_seconds: Optional[float] = None,
    proof: bool = False,
    layout: Optional[str] = None,
    names: Optional[Mapping[str, str]] = None,
    prefix: Optional[str] = None,
    on_progress: Optional[Callable[[Progress], None]] = None,
    command: Command = None,
    **arrays: Any,
) -> Cycles:
    """All cycles of a map up to ``max_period``, or of one ``period``, and a proof that there are no others.

    Parameters
    ----------
    model, **arrays
        A model in discrete time, as for ``find_fixed_points``.
    method : {"auto", "regions", "search", "boxes", "polytopes", "orbits"}
    proof : bool
        Also make a proof file of the complete periods, in ``proof_bytes``: for ``stillpoint check`` and
        ``python -m stillpoint.check_cycles_proof``. ``result["proofFile"]["periods"]`` are those that it proves.
    """
    options = {
        "maxPeriod": max_period,
        "period": period,
        "method": method,
        "threads": threads,
        "input": _plain_input(input),
        "maxSeconds": None if max_seconds is None else _number("max_seconds", max_seconds),
        "proof": proof,
    }
    request = {"do": "cycles", "options": options}
    encoded = encode(model, arrays, Names(layout, names, prefix), "model")
    answer = _answer(request, encoded, command, on_progress)
    found = cycles_of(answer["result"], proof_of(answer))
    if not found.complete:
        warnings.warn(f"{found.name}: {found.incomplete_because}", IncompleteWarning, stacklevel=2)
    return found


def count(model: Any = None, *, layout: Optional[str] = None, names: Optional[Mapping[str, str]] = None, prefix: Optional[str] = None, command: Command = None, **arrays: Any) -> RegionCount:
    """How many regions a model has, and what each method would cost.

    No regions are enumerated. Of the boxes of a search samples are done, about three seconds of work at most, for
    ``search_boxes``.
    """
    return region_count(_ask({"do": "count"}, encode(model, arrays, Names(layout, names, prefix), "model"), command))


def sweep(
    model: Any = None,
    parameter: str = "s0",
    from_: float = -1.0,
    to: float = 1.0,
    *,
    samples: int = 101,
    coverage: Optional[str] = None,
    max_period: Optional[int] = None,
    method: Optional[str] = None,
    threads: Optional[int] = None,
    input: Optional[Mapping[str, float]] = None,
    max_seconds: Optional[float] = None,
    max_regions: Optional[int] = None,
    layout: Optional[str] = None,
    names: Optional[Mapping[str, str]] = None,
    prefix: Optional[str] = None,
    on_progress: Optional[Callable[[Progress], None]] = None,
    command: Command = None,
    **arrays: Any,
) -> Sweep:
    """Every branch of fixed points while one component of the input moves, with exact births, deaths and crossings.

    Parameters
    ----------
    parameter : str
        "s0", "s1", …: a column of the model's ``C`` and ``Wu``.
    from_, to : float
        The ends of the range.
    samples : int
        Evenly spaced values at which the answer is tabulated.
    coverage : {"auto", "range", "samples"}
        What is proved: all of the range, or the samples.
    max_period : int, optional
        Also every branch of cycles of periods 2 to this one, in ``cycles``.
    """
    options = {
        "coverage": coverage,
        "maxPeriod": max_period,
        "method": method,
        "threads": threads,
        "input": _plain_input(input),
        "maxSeconds": None if max_seconds is None else _number("max_seconds", max_seconds),
        "maxRegions": max_regions,
    }
    span = {"parameter": parameter, "from": _number("from_", from_), "to": _number("to", to), "samples": samples}
    request = {"do": "sweep", "range": span, "options": options}
    answer = sweep_of(_ask(request, encode(model, arrays, Names(layout, names, prefix), "model"), command, on_progress))
    if not answer.complete:
        warnings.warn(f"{answer.name}: {answer.incomplete_because}", IncompleteWarning, stacklevel=2)
    return answer


def verify(
    model: Any = None,
    result: Union[FixedPoints, Cycles, Mapping[str, Any], None] = None,
    *,
    input: Optional[Mapping[str, float]] = None,
    layout: Optional[str] = None,
    names: Optional[Mapping[str, str]] = None,
    prefix: Optional[str] = None,
    command: Command = None,
    **arrays: Any,
) -> VerifyReport:
    """Checks exactly all that a result says of its points, or names it as unchecked. The report is true if all holds.

    That no point is missing is for the two checkers of proofs: ``stillpoint check`` and ``stillpoint.check_proof``.
    """
    if isinstance(result, FixedPoints):
        input = result.input if input is None else input
        result = result.result
    if isinstance(result, Cycles):
        result = result.result
    if result is None:
        raise OptionError("result: is missing. Give what find_fixed_points or find_cycles returned", "result")
    request = {"do": "verify", "result": result, "options": {"input": _plain_input(input)}}
    return verify_report(_ask(request, encode(model, arrays, Names(layout, names, prefix), "model"), command))


def trajectory(
    model: Any = None,
    z0: Optional[ArrayLike] = None,
    steps: int = 100,
    *,
    input: Optional[Mapping[str, float]] = None,
    layout: Optional[str] = None,
    names: Optional[Mapping[str, str]] = None,
    prefix: Optional[str] = None,
    command: Command = None,
    **arrays: Any,
) -> NDArray[np.float64]:
    """Runs of the network in plain float64: what pictures need, and no proof.

    Parameters
    ----------
    z0 : array_like of shape (R,) or (B, R)
        One state to start from, or several.
    steps : int
        Steps of the map; in continuous time, Runge–Kutta steps of a tenth of the time constant.

    Returns
    -------
    ndarray of shape (steps + 1, R) or (B, steps + 1, R)
        z0 and the states that follow; NaN behind one that is no longer finite.
    """
    if z0 is None:
        raise OptionError("z0: is missing. Give a state to start from", "z0")
    return trajectory_of(encode(model, arrays, Names(layout, names, prefix), "model"), z0, steps, _plain_input(input), command)


def trajectory_of(
    encoded: Encoded, z0: ArrayLike, steps: int, input: Optional[Dict[str, float]], command: Command = None
) -> NDArray[np.float64]:
    """``trajectory`` of a model that is encoded already."""
    start = numeric("z0", z0)
    if start.ndim not in (1, 2):
        raise OptionError(f"z0: must have the shape (R,) or (B, R) (got {start.shape})", "z0")
    request = {"do": "trajectory", "start": base64_of(np.atleast_2d(start)), "steps": steps, "options": {"input": input}}
    states = array_of(_ask(request, encoded, command))
    return states[0] if start.ndim == 1 else states


def _ask(
    request: Dict[str, Any],
    encoded: Encoded,
    command: Command,
    on_progress: Optional[Callable[[Progress], None]] = None,
) -> Any:
    return _answer(request, encoded, command, on_progress)["result"]


def _answer(
    request: Dict[str, Any],
    encoded: Encoded,
    command: Command,
    on_progress: Optional[Callable[[Progress], None]] = None,
) -> Dict[str, Any]:
    def told(progress: Mapping[str, Any]) -> None:
        assert on_progress is not None
        on_progress(Progress(progress["phase"], progress["fraction"], progress["done"], progress["fixedPoints"]))

    with encoded.message() as model:
        return connect(_listed(command)).answer({**request, **model}, None if on_progress is None else told)


class _Sent:
    """A model that is sent and not answered yet, and the file of its large arrays."""

    def __init__(self, encoded: Encoded, call: Call) -> None:
        self.encoded = encoded
        self._message = encoded.message()
        try:
            call.send(self._message.__enter__())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Takes the file away."""
        self._message.__exit__(None, None, None)


def _outcomes(
    models: Iterable[Any], request: Dict[str, Any], naming: Names, given: Optional[Dict[str, float]], command: Command
) -> Iterator[Outcome]:
    """The outcomes of all models, in their order. Models are sent ahead, and answered while others are sent."""
    source = enumerate(models)
    waiting: Deque[Union[_Sent, StillpointError]] = deque()
    connection: Optional[Connection] = None
    call: Optional[Call] = None
    exhausted = False
    answered = True
    try:
        while True:
            while not exhausted and len(waiting) < _AHEAD:
                if waiting and (isinstance(waiting[0], StillpointError) or (call is not None and call.pending)):
                    break
                item = next(source, None)
                if item is None:
                    exhausted = True
                    if call is not None:
                        _end(call)
                    break
                index, model = item
                try:
                    encoded = encode(model, {}, naming, f"model[{index}]")
                except StillpointError as error:
                    waiting.append(error)
                    continue
                if call is None:
                    connection = connect(_listed(command))
                    call = connection.begin(request)
                try:
                    waiting.append(_Sent(encoded, call))
                except RuntimeLost as error:
                    waiting.append(error)
                    if not any(isinstance(sent, _Sent) for sent in waiting):
                        # no answer is waited for that would tell of the loss
                        call = None
                        if not answered:
                            raise
                        answered = False
            if not waiting:
                return
            first = waiting[0]
            if isinstance(first, StillpointError):
                yield waiting.popleft()  # pyright: ignore[reportReturnType]
                continue
            assert call is not None
            try:
                message = call.next()
            except RuntimeLost as error:
                call = None
                if not answered and not exhausted:
                    # two runtimes in a row that died of their first models: there is no use in a third
                    raise
                answered = False
                for sent in list(waiting):
                    if isinstance(sent, _Sent):
                        sent.close()
                waiting = deque(
                    RuntimeLost(f"no result: {error}", error.code) if isinstance(sent, _Sent) else sent for sent in waiting
                )
                continue
            assert message is not None
            if "index" not in message:
                if "error" in message:
                    raise error_of(message["error"])
                continue
            answered = True
            waiting.popleft()
            first.close()
            yield _outcome_of(message, first.encoded, given)
    finally:
        for sent in waiting:
            if isinstance(sent, _Sent):
                sent.close()
        if call is not None:
            call.close() if exhausted and not waiting else call.cancel()


def _end(call: Call) -> None:
    try:
        call.send({"end": True})
    except RuntimeLost:
        # the answers that are missing tell it
        pass


def _outcome_of(message: Mapping[str, Any], encoded: Optional[Encoded], given: Optional[Dict[str, float]]) -> Outcome:
    if "error" in message:
        return error_of(message["error"])
    return fixed_points(message["result"], encoded, given)


def _options(
    method: Optional[str],
    backend: Optional[str],
    threads: Optional[int],
    virtual: bool,
    input: Optional[Mapping[str, float]],
    max_seconds: Optional[float],
    max_regions: Optional[int],
) -> Dict[str, Any]:
    given = {
        "method": method,
        "backend": backend,
        "threads": threads,
        "virtual": True if virtual else None,
        "input": _plain_input(input),
        "maxSeconds": None if max_seconds is None else _number("max_seconds", max_seconds),
        "maxRegions": max_regions,
    }
    return {key: value for key, value in given.items() if value is not None}


def _plain_input(input: Optional[Mapping[str, float]]) -> Optional[Dict[str, float]]:
    return None if not input else {str(key): _number(f"input {key}", value) for key, value in input.items()}


def _number(option: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise OptionError(f"{option}: must be a number (got {value!r})", option) from error
    if not np.isfinite(number):
        raise OptionError(f"{option}: must be finite (got {value!r})", option)
    return number


def _listed(command: Command) -> Optional[List[str]]:
    return None if command is None else [command] if isinstance(command, str) else list(command)


def _bar(progress: Optional[bool], models: Iterable[Any]) -> Any:
    if progress is False:
        return None
    try:
        from tqdm import tqdm  # pyright: ignore
    except ImportError:
        if progress:
            raise OptionError("progress: needs tqdm, which is not installed", "progress") from None
        return None
    total = len(models) if hasattr(models, "__len__") else None  # pyright: ignore
    return tqdm(total=total, unit=" models", delay=1, disable=None if progress is None else False)  # pyright: ignore
