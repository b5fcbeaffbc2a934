"""Exceptions: all are StillpointError, and each names what has to be changed."""

from __future__ import annotations

import json
import re
from typing import Any, Mapping, Optional

__all__ = [
    "FileError",
    "IncompleteWarning",
    "ModelError",
    "OptionError",
    "RuntimeLost",
    "RuntimeMissing",
    "StillpointError",
]


class StillpointError(Exception):
    """A model or an option that can't be used, or a run that failed.

    Attributes
    ----------
    code : str
        The program's own code: ``INVALID_MODEL``, ``INVALID_OPTION``, ``INVALID_FILE``, ``TOO_LARGE``, ``NO_GPU``,
        ``GPU_FAILED``, ``INTERNAL``; or ``NOT_FOUND``, ``LOST``, ``BAD_OUTPUT`` where the runtime fails.
    """

    def __init__(self, message: str, code: str = "FAILED") -> None:
        super().__init__(message)
        self.code = code


class ModelError(StillpointError, ValueError):
    """A model that is not valid. ``field`` is the argument, or an entry of it: ``W1[3][0]``."""

    def __init__(self, message: str, field: str = "model", code: str = "INVALID_MODEL") -> None:
        super().__init__(message, code)
        self.field = field


class OptionError(StillpointError, ValueError):
    """An option outside its range. ``option`` is the argument's name."""

    def __init__(self, message: str, option: str = "") -> None:
        super().__init__(message, "INVALID_OPTION")
        self.option = option


class FileError(StillpointError):
    """A file of the caller's that can't be read. ``file`` is its path."""

    def __init__(self, message: str, file: str = "") -> None:
        super().__init__(message, "INVALID_FILE")
        self.file = file


class RuntimeMissing(StillpointError):
    """There is no JavaScript runtime that can be started. The message gives the ways to get one."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "NOT_FOUND")


class RuntimeLost(StillpointError):
    """The runtime ended before it had answered. The next call starts a new one."""

    def __init__(self, message: str, code: str = "LOST") -> None:
        super().__init__(message, code)


class IncompleteWarning(UserWarning):
    """A budget ended before the list of fixed points was proved complete."""


_OPTIONS = {"maxSeconds": "max_seconds", "maxRegions": "max_regions", "maxPeriod": "max_period", "range": "from_, to"}
"""Names of the protocol that are other ones in Python."""

_FLAGS = (
    ("--map W1=decoder.weight", 'names={"W1": "decoder.weight"}'),
    ("--column-major", "column_major=True"),
    ("--map", "names="),
    ("--layout", "layout="),
    ("--prefix", "prefix="),
    ("--set P=…", "P=…"),
    ("--set", "keyword arguments"),
    ("--max-memory", "smaller arrays"),
)
"""What the command line's remedies are called here."""


_COMMAND = re.compile(r"stillpoint solve \S+ ((?:--(?:set|map|layout|prefix) (?:'[^']*'|\S+) ?)+)")
_ARGUMENT = re.compile(r"--(set|map|layout|prefix) (?:'([^']*)'|(\S+))")


def _in_python(message: str) -> str:
    """The message of the command line with its remedies as arguments of a call."""
    message = _COMMAND.sub(lambda found: _arguments(found[1]), message).replace(", or --guess", "")
    for flag, here in _FLAGS:
        message = message.replace(flag, here)
    return message


def _arguments(flags: str) -> str:
    """``--set kind=PLRNN --map A=cell.A,W=w`` as ``kind="PLRNN", names={"A": "cell.A", "W": "w"}``."""
    given: list[str] = []
    for name, quoted, plain in _ARGUMENT.findall(flags):
        value = quoted or plain
        if name == "set":
            key, _, text = value.partition("=")
            given.append(f"{key}={text if text == '…' or _is_json(text) else json.dumps(text)}")
        elif name == "map":
            given.append(f"names={json.dumps(dict(pair.split('=', 1) for pair in value.split(',')))}")
        else:
            given.append(f"{name}={json.dumps(value)}")
    return ", ".join(given) + (" " if flags.endswith(" ") else "")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def error_of(answer: Mapping[str, Any]) -> StillpointError:
    """The exception for the error of an answer."""
    code, message = str(answer["code"]), _in_python(str(answer["message"]))
    if "field" in answer:
        return ModelError(message, str(answer["field"]))
    if "option" in answer:
        option = str(answer["option"])
        name = _OPTIONS.get(option, option)
        return OptionError(message.replace(option, name, 1) if message.startswith(option) else message, name)
    if "file" in answer:
        file = str(answer["file"])
        if file == "model" or file.startswith("model, "):
            return ModelError(message, file.replace("model, ", ""))
        return FileError(message, file)
    return StillpointError(message, code)


def entry_name(field: str, index: Optional[tuple[int, ...]]) -> str:
    """``W1[3][0]``."""
    return field + "".join(f"[{i}]" for i in index or ())
