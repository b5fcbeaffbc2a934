"""Models as requests hold them: what they may be given as, and their numbers exactly."""

from __future__ import annotations

import binascii
import dataclasses
import os
import tempfile
import warnings
import zipfile
from contextlib import contextmanager
from typing import Any, Dict, Generator, Mapping, Optional, Tuple, Union, cast

import numpy as np
from numpy.typing import NDArray

from ._errors import ModelError, OptionError, entry_name

Array = NDArray[Any]

_MOST_ENTRIES = 2**25
_LARGEST_IN_LINE = 2**22
"""Bytes of a model's arrays; larger ones go by a file."""
_EXACT = 2**53
"""All whole numbers up to this one are float64."""


@dataclasses.dataclass(frozen=True)
class Encoded:
    """A model, ready to be sent any number of times; nothing that its owner changes later changes it."""

    values: Dict[str, Any]
    """What the request holds: ``model``, ``file``, ``naming``."""
    large: Optional[Dict[str, Array]] = None
    """Arrays that are too large for a line."""

    @contextmanager
    def message(self) -> Generator[Dict[str, Any], None, None]:
        """The members of a request. Large arrays are in a file meanwhile."""
        if self.large is None:
            yield self.values
            return
        path = _write_npz(self.large)
        try:
            yield {**self.values, "npz": {"path": path, "remove": True}}
        finally:
            # the runtime has removed it, unless it was lost
            try:
                os.unlink(path)
            except OSError:
                pass


@dataclasses.dataclass(frozen=True)
class Names:
    """How the arrays of a model are named, where they have not the model's own names."""

    layout: Optional[str] = None
    names: Optional[Mapping[str, str]] = None
    prefix: Optional[str] = None
    column_major: Optional[bool] = None

    def members(self) -> Dict[str, Any]:
        """The ``naming`` of a request."""
        names: Any = self.names
        if names is not None and not isinstance(names, Mapping):
            raise OptionError(f"names: must be a mapping of keys to names (got {names!r})", "names")
        given: Dict[str, Any] = {
            "layout": self.layout,
            "map": None if self.names is None else dict(self.names),
            "prefix": self.prefix,
            "columnMajor": self.column_major,
        }
        return {key: value for key, value in given.items() if value is not None}


def encode(model: Any, arrays: Mapping[str, Any], names: Names, name: Optional[str] = None) -> Encoded:
    """A model in any form that it may be given in.

    Parameters
    ----------
    model
        A mapping, a dataclass instance, a PyTorch module or its ``state_dict``, a path, or None.
    arrays
        More keys and values; they win.
    names
        Where the arrays have other names.
    name
        For a model that has none.

    Raises
    ------
    ModelError
        For what can't be sent. Whether it is a model is for the runtime to say.
    """
    naming = names.members()
    if isinstance(model, (str, os.PathLike)):
        path = cast(Union[str, bytes], os.fspath(cast("os.PathLike[str]", model)))
        given = {key: _plain(key, value) for key, value in arrays.items()}
        for key, value in given.items():
            if isinstance(value, np.ndarray):
                raise ModelError(f"{key}: is an array beside a file, which holds all of them", key)
        file = {"file": os.path.abspath(os.fsdecode(path)), "naming": {**naming, "set": given}}
        return Encoded(file)
    values, is_module = _items(model)
    values.update(arrays)
    if name is not None and "name" not in values:
        values["name"] = name
    small: Dict[str, Any] = {}
    found: Dict[str, Array] = {}
    for key, value in values.items():
        if value is None or (is_module and not isinstance(value, str) and not _is_array_like(value)):
            continue
        plain = _plain(key, value)
        if isinstance(plain, np.ndarray):
            found[key] = plain
        else:
            small[key] = plain
    rules = {"naming": naming} if is_module or naming else {}
    if sum(array.nbytes for array in found.values()) > _LARGEST_IN_LINE:
        copies = {key: np.array(array) for key, array in found.items()}
        return Encoded({"model": small, **rules}, copies)
    return Encoded({"model": {**small, **{key: base64_of(array) for key, array in found.items()}}, **rules})


def base64_of(array: Array) -> Dict[str, Any]:
    """An array as requests hold it; float64 or float32, C order, little-endian."""
    text = binascii.b2a_base64(array.data, newline=False).decode("ascii")
    return {"base64": text, "dtype": f"f{array.itemsize}", "shape": list(array.shape)}


def array_of(member: Mapping[str, Any]) -> NDArray[np.float64]:
    """The array of an answer."""
    numbers: NDArray[np.float64] = np.frombuffer(binascii.a2b_base64(member["base64"]), dtype="<f8").astype(np.float64)
    return numbers.reshape(tuple(member["shape"]))


def numeric(key: str, value: Any) -> Array:
    """The same numbers, exactly, as little-endian float64 or float32 in C order.

    Raises
    ------
    ModelError
        For masked, complex, object and ragged arrays, and numbers that are no float64; it names the entry.
    """
    array = _to_numpy(key, value)
    if array.size > _MOST_ENTRIES:
        raise ModelError(f"{key}: has {array.size} entries; the limit is {_MOST_ENTRIES}. Use a smaller model.", key)
    kind, size = array.dtype.kind, array.itemsize
    if kind == "f" and size <= 8:
        wanted = "<f8" if size == 8 else "<f4"
        return np.ascontiguousarray(array, dtype=wanted).reshape(array.shape)
    if kind not in "iuf":
        what = {"c": "complex numbers; models are real", "O": "Python objects", "b": "true and false; give 1.0 and 0.0"}
        raise ModelError(
            f"{key}: must be an array of real numbers (got dtype {array.dtype}"
            + (f": {what[kind]})" if kind in what else ")"),
            key,
        )
    exact = np.ascontiguousarray(array, dtype="<f8").reshape(array.shape)
    wrong = _inexact(array, exact)
    if wrong is not None:
        field = entry_name(key, wrong)
        raise ModelError(f"{field}: is {array[wrong]!s}, which is no float64. Round it yourself.", field)
    return exact


def _inexact(array: Array, rounded: NDArray[np.float64]) -> Optional[Tuple[int, ...]]:
    """The first entry that was rounded."""
    if array.dtype.kind == "f":
        wrong = np.argwhere((rounded.astype(array.dtype) != array) & ~np.isnan(array))
        return tuple(int(i) for i in wrong[0]) if len(wrong) else None
    for index in np.argwhere((array > _EXACT) | (array < -_EXACT) if array.dtype.kind == "i" else array > _EXACT):
        at = tuple(int(i) for i in index)
        if int(float(int(array[at]))) != int(array[at]):
            return at
    return None


def _plain(key: str, value: Any) -> Any:
    """A text, a number or an activation as JSON has it; else a numeric array."""
    if isinstance(value, (str, np.str_)):
        return str(value)
    if key == "activation":
        return _activation(value)
    if not isinstance(value, (list, tuple)) and _is_array_like(value):
        array = numeric(key, value)
        if array.shape != ():
            return array
        number = float(array)
        if not np.isfinite(number):
            raise ModelError(f"{key}: must be finite (got {number})", key)
        return int(number) if number.is_integer() and abs(number) < _EXACT else number
    return numeric(key, value)


def _activation(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _activation(item) for key, item in cast(Mapping[Any, Any], value).items()}
    return value if isinstance(value, str) else numeric("activation", value).tolist()


def _is_array_like(value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return False
    return isinstance(value, (int, float, np.generic, list, tuple)) or hasattr(value, "__array__") or hasattr(value, "detach")


def _items(model: Any) -> Tuple[Dict[str, Any], bool]:
    """Keys and values of a model; whether the keys are those of a module, so that the model is to be looked for."""
    if model is None:
        return {}, False
    state = getattr(model, "state_dict", None)
    if callable(state):
        return {str(key): value for key, value in cast(Mapping[Any, Any], state()).items()}, True
    if isinstance(model, Mapping):
        values = {str(key): value for key, value in cast(Mapping[Any, Any], model).items()}
        return values, any("." in key for key in values)
    if dataclasses.is_dataclass(model) and not isinstance(model, type):
        names = [field.name for field in dataclasses.fields(cast(Any, model))]
        return {name: getattr(model, name) for name in names}, False
    kind = type(cast(object, model)).__name__
    raise ModelError(f"model: must be a mapping, a dataclass, a PyTorch module, a state_dict or a path (got {kind})")


def _to_numpy(key: str, value: Any) -> Array:
    try:
        if hasattr(value, "detach"):
            tensor = value.detach().cpu()
            # NumPy has no bfloat16; each is a float32
            value = (tensor.float() if "bfloat16" in str(tensor.dtype) else tensor).numpy()
        if np.ma.is_masked(value):
            raise ModelError(f"{key}: has masked entries, which no model has. Fill them", key)
        with warnings.catch_warnings():
            # ragged lists: NumPy before 1.24 warns, and makes objects
            warnings.simplefilter("ignore")
            array = np.asarray(value)
        return array.astype(np.float32) if array.dtype.name == "bfloat16" else array
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"{key}: can't be read as an array ({error})", key) from error


def _write_npz(arrays: Mapping[str, Array]) -> str:
    """As numpy.savez, for keys of any name."""
    handle, path = tempfile.mkstemp(prefix="stillpoint-", suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for key, array in arrays.items():
                with archive.open(f"{key}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)
    except BaseException:
        os.unlink(path)
        raise
    return path
