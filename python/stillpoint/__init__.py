"""Every fixed point of a piecewise-linear recurrent network, with a proof that none is missing, as NumPy arrays::

    import stillpoint

    points = stillpoint.find_fixed_points(kind="shPLRNN", A=A, W1=W1, W2=W2, h1=h1, h2=h2)
    assert points.complete                      # proved: there are no others
    points.z, points.eigenvalues, points.stability

Models are mappings or keyword arguments of arrays, dataclasses, PyTorch modules and their ``state_dict``, and files. The
work is done by a JavaScript runtime (Node.js or Deno) that is started once and answers all calls; Stillpoint's program for
it is part of this package. docs/python.md has a worked example.
"""

from ._api import (
    count,
    find_cycles,
    find_fixed_points,
    find_fixed_points_of_files,
    find_fixed_points_of_many,
    sweep,
    trajectory,
    verify,
)
from ._connection import shutdown
from ._errors import (
    FileError,
    IncompleteWarning,
    ModelError,
    OptionError,
    RuntimeLost,
    RuntimeMissing,
    StillpointError,
)
from ._reports import (
    Branch,
    BranchPiece,
    Cycle,
    CycleBranch,
    CycleBranches,
    CycleContinuum,
    Cycles,
    Progress,
    RegionCount,
    Remark,
    Sweep,
    SweepEvent,
    VerifyReport,
)
from ._results import (
    Continuum,
    Directions,
    FixedPoint,
    FixedPoints,
    Linearisation,
    NearDegeneracy,
    VirtualFixedPoint,
    read_results,
)
from ._runtime import Runtime, find_runtime

__all__ = [
    "Branch",
    "BranchPiece",
    "Continuum",
    "Cycle",
    "CycleBranch",
    "CycleBranches",
    "CycleContinuum",
    "Cycles",
    "Directions",
    "FileError",
    "FixedPoint",
    "FixedPoints",
    "IncompleteWarning",
    "Linearisation",
    "ModelError",
    "NearDegeneracy",
    "OptionError",
    "Progress",
    "RegionCount",
    "Remark",
    "Runtime",
    "RuntimeLost",
    "RuntimeMissing",
    "StillpointError",
    "Sweep",
    "SweepEvent",
    "VerifyReport",
    "VirtualFixedPoint",
    "count",
    "find_cycles",
    "find_fixed_points",
    "find_fixed_points_of_files",
    "find_fixed_points_of_many",
    "find_runtime",
    "read_results",
    "shutdown",
    "sweep",
    "trajectory",
    "verify",
]
