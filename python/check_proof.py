#!/usr/bin/env python3
"""check_proof.py MODEL RESULT PROOF [--input s0=1.5 ...]: is the list of fixed points in RESULT complete?

Standard library and NumPy only; shares no code with the program that made the proof. The claim: the zeros of

    G(z) = M z + c + sum_j v_j relu(u_j.z - h_j)          (z in R^R, N hyperplanes u_j.z = h_j)

are the fixed points and continua that RESULT lists, and no others. docs/proof.md describes the file. Everything is decided in one of two ways:

  exactly     Python's integers (class Exact): points, continua, single regions;
  in float64  where the computed value exceeds a bound on its rounding error (class Root): boxes without zeros ("empty"), boxes in which
              a listed point is the only zero ("star"), regions without zeros (Exact.few_left).

Trusted: Python's integers, NumPy's float64 with the usual model fl(a op b) = (a op b)(1 + d), |d| <= 2^-53, sums in any order. All numbers
of a table are at most LIMIT, functionals at most 2^31. A product that underflows errs by at most 2^-1074, and what it is multiplied with
afterwards is below 2^31 LIMIT^2 2^40 < 2^680: together less than TINY. Overflow gives inf or nan, and no comparison below accepts those.
Not checked, since they are no part of that claim: eigenvalues, stability, error, and where a continuum begins and ends.
"""
import json
import math
import sys
from fractions import Fraction

import numpy as np

LIMIT, TINY, U53 = 2.0**300, 2.0**-380, 2.0**-53
MOST_PATTERNS, MOST_FEW, MOST_GENERATORS, BATCH = 20, 12, 4096, 48


class Refused(Exception):
    pass


def require(condition, why):
    if not condition:
        raise Refused(why)


# ---------------------------------------------------------------- the model, as exact rationals


def number(x):
    require(type(x) is float and abs(x) <= LIMIT, f"the model holds {x!r}, not a number of at most 2^300")
    return Fraction(x)


def vector(x, n=None):
    require(type(x) is list and x and n in (None, len(x)), "a vector of the model has the wrong length")
    return [number(a) for a in x]


def matrix(x, rows=None, cols=None):
    require(type(x) is list and x and type(x[0]) is list and rows in (None, len(x)), "a matrix of the model has the wrong shape")
    return [vector(row, cols or len(x[0])) for row in x]


def square(x):
    if type(x) is list and x and type(x[0]) is not list:  # a diagonal
        return [[a if i == k else Fraction(0) for k in range(len(x))] for i, a in enumerate(vector(x))]
    return matrix(x, len(x), len(x))


def read_model(raw, inputs):
    """M, c, U, V, h of G, hyperplanes in the order in which the README numbers them."""
    kind = raw.get("kind", "shPLRNN")
    minus_identity = lambda n: [[Fraction(-(i == k)) for k in range(n)] for i in range(n)]
    L = square(raw["A"]) if "A" in raw and kind != "TLN" else None
    # z' or z. = L z + c + sum_j v_j phi(u_j.z + a_j), term j belonging to unit j mod `units`
    if kind in ("shPLRNN", "continuous") and "U" in raw:
        require(not any(k in raw for k in ("W1", "W2", "h1", "h2")), "the model mixes two forms")
        U = matrix(raw["U"])
        units, R = len(U), len(U[0])
        require(L or kind == "continuous", "A is missing")
        L = L or minus_identity(R)
        V, a, c = matrix(raw["V"], units, R), [-x for x in vector(raw["hx"], units)], [-x for x in vector(raw["hz"], R)]
    elif kind in ("shPLRNN", "clippedShPLRNN"):
        U, R = matrix(raw["W2"], None, len(L)), len(L)
        units = len(U)
        V = [list(v) for v in zip(*matrix(raw["W1"], R, units))]
        a, c = vector(raw["h2"], units), vector(raw["h1"], R)
        if kind == "clippedShPLRNN":
            U, V, a = U + U, V + [[-x for x in v] for v in V], a + [Fraction(0)] * units
    elif kind in ("PLRNN", "ALRNN", "dendPLRNN"):
        R = len(L)
        W, c, one = matrix(raw["W"], R, R), vector(raw["h"], R), minus_identity(R)
        units = int(raw["P"]) if kind == "ALRNN" else R
        require(0 <= units <= R, "P is out of range")
        first = R - units
        L = [[x + (W[i][k] if k < first else 0) for k, x in enumerate(row)] for i, row in enumerate(L)]
        U, V, a = [[-x for x in one[j]] for j in range(first, R)], [[W[i][j] for i in range(R)] for j in range(first, R)], [Fraction(0)] * units
        if kind == "dendPLRNN":
            alpha = vector(raw["alpha"])
            H, columns = matrix(raw["H"], R, len(alpha)), V
            U, a = U * len(alpha), [-H[i][b] for b in range(len(alpha)) for i in range(R)]
            V = [[x * al for x in v] for al in alpha for v in columns]
    elif kind == "TLN":
        U = matrix(raw["W"], None, len(raw["W"]))
        units = R = len(U)
        L, a, c, V = minus_identity(R), vector(raw["b"], R), [Fraction(0)] * R, [[-x for x in row] for row in minus_identity(R)]
    else:
        raise Refused(f"the model is of unknown kind {kind!r}")
    require(len(L) == R, "A has another size than the units")
    C, Wu = (matrix(raw[key], n) if key in raw else None for key, n in (("C", R), ("Wu", units)))
    if C or Wu:
        K = len((C or Wu)[0])
        s = vector(raw["s"], K) if "s" in raw else [Fraction(0)] * K
        for k, x in inputs.items():
            require(k < K, f"the model has no input s{k}")
            s[k] = number(x)
        require(not (C and Wu) or len(Wu[0]) == K, "C and Wu differ in columns")
        c = [x + sum(p * q for p, q in zip(C[i], s)) for i, x in enumerate(c)] if C else c
        a = [x + sum(p * q for p, q in zip(Wu[j % units], s)) for j, x in enumerate(a)] if Wu else a
    else:
        require("s" not in raw and not inputs, "the model takes no input")
    # phi(x) = offset + slopes[0] x + sum_t (slopes[t+1] - slopes[t]) relu(x - breaks[t]), phi(0) = 0
    act = raw.get("activation", "relu")
    named = {"relu": ([0.0], [0.0, 1.0]), "hardtanh": ([-1.0, 1.0], [0.0, 1.0, 0.0])}
    if type(act) is dict:
        breaks, slopes = ([0.0], [act["leaky"], 1.0]) if "leaky" in act else (act["breakpoints"], act["slopes"])
    else:
        breaks, slopes = named[act]
    breaks, slopes = vector(breaks), vector(slopes, len(breaks) + 1)
    require(all(p < q for p, q in zip(breaks, breaks[1:])), "breakpoints must ascend")
    steps = [q - p for p, q in zip(slopes, slopes[1:])]
    offset = sum((d * b for d, b in zip(steps, breaks) if b < 0), Fraction(0))
    M = [[x - (i == k and kind not in ("continuous", "TLN")) for k, x in enumerate(row)] for i, row in enumerate(L)]
    if slopes[0] or offset:
        for u, v, x in zip(U, V, a):
            c = [y + vi * (offset + slopes[0] * x) for y, vi in zip(c, v)]
            M = [[m + slopes[0] * vi * uk for m, uk in zip(row, u)] for row, vi in zip(M, v)]
    return (M, c, [u for u in U for _ in steps], [[d * x for x in v] for v in V for d in steps], [b - x for x in a for b in breaks])


# ---------------------------------------------------------------- exact decisions


def jordan(rows, columns):
    """Fraction-free Gauss-Jordan elimination; row k ends with `common` in column pivots[k], which is zero in all other rows."""
    rows, pivots, common = [list(row) for row in rows], [], 1
    for col in columns:
        k = len(pivots)
        at = min((i for i in range(k, len(rows)) if rows[i][col]), key=lambda i: abs(rows[i][col]), default=None)
        if at is None:
            continue
        rows[k], rows[at] = rows[at], rows[k]
        pivot, top = rows[k][col], rows[k]
        for i, row in enumerate(rows):
            if i != k:
                f = row[col]
                rows[i] = [(pivot * x - f * y) // common for x, y in zip(row, top)]
        pivots.append(col)
        common = pivot
    return rows, pivots, common


def primitive(x):
    d = math.gcd(*x) or 1
    return [a // d for a in x]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def generators(rows, n):
    """Lines and rays that span the cone {t in Q^n: row.t >= 0}, by double description (Motzkin and others, 1953)."""
    lines, rays = [[int(i == k) for k in range(n)] for i in range(n)], []
    for i, a in enumerate(row for row in rows if any(row)):
        line = next((x for x in lines if dot(a, x)), None)
        if line is not None:
            s = dot(a, line)
            rest = [x for x in lines if x is not line]
            line, s = ([-x for x in line], -s) if s < 0 else (line, s)
            onto = lambda x: primitive([s * p - dot(a, x) * q for p, q in zip(x, line)])
            lines, rays = [onto(x) for x in rest], [(onto(x), zero | 1 << i) for x, zero in rays] + [(line, (1 << i) - 1)]
            continue
        signed = [(dot(a, x), x, zero) for x, zero in rays]
        kept = [(x, zero | (1 << i if s == 0 else 0)) for s, x, zero in signed if s >= 0]
        for s, x, zero in (r for r in signed if r[0] > 0):
            for t, y, other in (r for r in signed if r[0] < 0):
                both = zero & other  # neighbours: no third ray lies on all the planes that they share
                if not any(both & ~third == 0 for _, w, third in signed if w is not x and w is not y):
                    kept.append((primitive([s * q - t * p for p, q in zip(x, y)]), both | 1 << i))
        rays = kept
        require(len(rays) <= MOST_GENERATORS, "a piece has too many corners to be checked")
    return lines, [x for x, _ in rays]


class Exact:
    """Single regions: which solutions they hold, and whether RESULT lists them. Points are integers (z d, d) with d > 0."""

    def __init__(self, model):
        M, c, U, V, h = self.model = model
        self.R, self.N = len(M), len(U)

        def integers(rows):  # one power of two for all: every number is a sum of products of float64
            scale = max((x.denominator for row in rows for x in row), default=1)
            return [[x.numerator * (scale // x.denominator) for x in row] for row in rows], scale

        self.planes, su = integers([u + [-x] for u, x in zip(U, h)])
        V, sv = integers(V)
        base, sb = integers([row + [x] for row, x in zip(M, c)])
        self.base = np.array([[x * su * sv for x in row] for row in base], dtype=object)
        self.V = np.array([[x * sb for x in v] for v in V], dtype=object).reshape(self.N, self.R)
        self.P = np.array(self.planes, dtype=object).reshape(self.N, self.R + 1)
        self.known, self.points, self.pieces, self.found = {}, {}, {}, []

    def equations(self, mask):
        on = [j for j in range(self.N) if mask >> j & 1]
        return (self.base + self.V[on].T @ self.P[on]).tolist() if on else self.base.tolist()

    def solutions(self, rows):
        """The solutions of [A | b](z, 1) = 0 as vectors (a point, then directions) that span them, or None."""
        rows, pivots, common = jordan(rows, range(self.R))
        if any(row[self.R] for row in rows[len(pivots):]):
            return None
        sign = 1 if common > 0 else -1
        out = []
        for free in [self.R] + [k for k in range(self.R) if k not in pivots]:
            x = [0] * (self.R + 1)
            x[free] = common * sign
            for row, k in zip(rows, pivots):
                x[k] = -row[free] * sign
            out.append(primitive(x))
        return out

    def piece(self, mask):
        """Generators of the solutions within the closed region of a mask: those with last entry > 0 are corners, the others directions."""
        span = self.solutions(self.equations(mask))
        if span is None:
            return []
        sides = np.array(span, dtype=object) @ self.P.T if self.N else np.zeros((len(span), 0), dtype=object)
        rows = [[int(k == 0) for k in range(len(span))]]
        rows += [[x if mask >> j & 1 else -x for x in sides[:, j]] for j in range(self.N)]
        lines, rays = generators(rows, len(span))
        spread = lambda t: primitive([sum(a * x for a, x in zip(t, column)) for column in zip(*span)])
        out = [spread(t) for t in rays] + [[s * x for x in spread(t)] for t in lines for s in (1, -1)]
        return out if any(x[-1] > 0 for x in out) else []

    def lies_in(self, x, mask):
        return not any(dot(row, x) for row in self.equations(mask)) and all(
            (s if mask >> j & 1 else -s) >= 0 for j, s in enumerate(self.P @ np.array(x, dtype=object)))

    def has_interior(self, mask):
        rows = [[0] * self.R + [1]] + [p if mask >> j & 1 else [-x for x in p] for j, p in enumerate(self.planes)]
        if any(not any(p[:-1]) and p[-1] * (1 if mask >> j & 1 else -1) <= 0 for j, p in enumerate(self.planes)):
            return False
        lines, rays = generators(rows, self.R + 1)
        return len(jordan(lines + rays, range(self.R + 1))[1]) == self.R + 1

    def listed(self, mask):
        """Whether RESULT lists all solutions in the closed region of a mask."""
        if mask not in self.known:
            self.known[mask] = mask in self.pieces or self.decide(mask)
        return self.known[mask]

    def decide(self, mask):
        piece = self.piece(mask)
        if len(piece) <= 1:  # none, or a point
            return all(tuple(x) in self.points or any(self.lies_in(x, m) for m in self.pieces) for x in piece)
        # a face of a piece of higher dimension; or the piece of a listed region again, for signs that no point has strictly
        size = len(jordan(piece, range(self.R + 1))[1]) - 1
        return any(all(self.lies_in(x, m) if x[-1] else self.recedes(x, m) for x in piece)
                   and (dimension > size or not self.has_interior(mask)) for m, dimension in self.pieces.items())

    def recedes(self, x, mask):
        return self.lies_in(x, mask)  # homogeneous: the same equations and sides, with last entry 0

    def list_points(self, points):
        for p, point in enumerate(points):
            active, ties = set(point["active"]), set(point["ties"])
            mask = sum(1 << int(j) for j in active)
            require(active.isdisjoint(ties) and all(0 <= j < self.N for j in active | ties), f"point {p}: wrong hyperplanes")
            span = self.solutions(self.equations(mask) + [self.planes[int(j)] for j in ties])
            require(span is not None and len(span) == 1, f"point {p}: its equations don't have one solution")
            x = span[0]
            sides = self.P @ np.array(x, dtype=object) if self.N else []
            signs = [(s > 0) - (s < 0) for s in sides]
            require(all(s == (j in active) - (j not in active and j not in ties) for j, s in enumerate(signs)), f"point {p}: its signs are wrong")
            require([a / x[-1] for a in x[:-1]] == [float(a) for a in point["z"]], f"point {p}: z is not the rounded solution")
            require(tuple(x) not in self.points, f"point {p} is listed twice")
            self.points[tuple(x)] = p
            self.found.append((x, np.array(signs, dtype=int)))

    def list_continua(self, continua):
        for q, each in enumerate(continua):
            for region in each["regions"]:
                require(all(0 <= j < self.N for j in region), f"continuum {q}: wrong hyperplanes")
                mask = sum(1 << int(j) for j in set(region))
                piece = self.piece(mask)
                require(piece, f"continuum {q}: a region holds no fixed point")
                corner = next(x for x in piece if x[-1])
                rows, pivots, common = jordan([[corner[-1] * a - x[-1] * b for a, b in zip(x, corner)][:-1] for x in piece], range(self.R))
                basis = [[a / common for a in row] for row in rows[: len(pivots)]]
                require(len(pivots) == each["dimension"] >= 1, f"continuum {q}: a region's piece has dimension {len(pivots)}")
                require(basis == [[float(a) for a in row] for row in each["basis"]], f"continuum {q}: the basis is wrong")
                require(mask not in self.pieces, f"continuum {q}: a region is listed twice")
                self.pieces[mask] = len(pivots)
        for x in self.points:
            require(not any(self.lies_in(list(x), m) for m in self.pieces), "a listed point lies on a listed continuum")

    def few_left(self, masks):
        """The masks, among those given, of regions that float64 does not show to hold no solution.

        With A z = b the equations and Y ~ inverse of A: K = |I - YA| + rounding and w >= |Yb| + rounding with K w <= w/2 give |z| <= 2w and
        |z - Yb| <= 2Kw + rounding. Such a z is outside if a sign is surely wrong. Each entry of A sums N + 1 products of rounded numbers.
        """
        R, N = self.R, self.N
        try:
            number = lambda rows, shape: np.array([[float(x) for x in row] for row in rows]).reshape(shape)
            M, c, U, V, h = self.model
            P, V, base = number([u + [-x] for u, x in zip(U, h)], (N, R + 1)), number(V, (N, R)), number([r + [x] for r, x in zip(M, c)], (R, R + 1))
            E = (V[:, :, None] * P[:, None, :]).reshape(N, -1)
            gamma, big = (2 * N + 6 * R + 64) * 4 * U53, abs(base) + abs(E).sum(0).reshape(R, R + 1)
            if max(abs(P).max(), abs(V).max(), big.max()) > 2.0**100:
                return masks
            D = (masks[:, None] >> np.arange(N) & 1).astype(float)
            S = base + (D @ E).reshape(-1, R, R + 1)
            jolt = 2.0**-46 * abs(S[:, :, :R]).max(2)[:, :, None] * np.eye(R) * (1 + np.arange(R) / (R + 0.7))
            Y = np.linalg.inv(S[:, :, :R] + jolt)  # not exactly singular; what Y is worth is seen from K
        except (OverflowError, np.linalg.LinAlgError):
            return masks
        K = abs(np.eye(R) - Y @ S[:, :, :R]) + gamma * (abs(Y) @ big[:, :R] + 1)
        z = -(Y @ S[:, :, R:])[:, :, 0]
        slack = gamma * (abs(Y) @ big[:, R])
        w = abs(z) + slack
        w = w + 2.0**-20 * w.max(1, keepdims=True) + TINY
        Kw = (K @ w[:, :, None])[:, :, 0]
        sound = (2 * Kw <= w).all(1) & (abs(Y).max((1, 2)) < 2.0**200) & (w.max(1) < 2.0**200)
        far = 2 * Kw + slack
        error = (far + gamma * w) @ abs(P[:, :R]).T * (1 + 2.0**-20) + gamma * abs(P[:, R]) + TINY
        wrong = ((2 * D - 1) * (z @ P[:, :R].T + P[:, R]) < -error).any(1)
        return masks[~(sound & wrong)]


# ---------------------------------------------------------------- boxes in float64


def pairs_of(U, V, h):
    """Hyperplanes (i, j) with the same u, opposite v and h_i <= h_j; the others as (i, None)."""
    waiting, units = {}, []
    for j in range(len(U)):
        partners = waiting.get((*U[j], *(-x for x in V[j])))
        if partners:
            i = partners.pop()
            units.append((i, j) if h[i] <= h[j] else (j, i))
        else:
            waiting.setdefault((*U[j], *V[j]), []).append(j)
    return units + [(j, None) for alone in waiting.values() for j in alone]


class Root:
    """G in the coordinates of a root box, rows scaled by powers of two, in float64 with bounds.

    Hyperplanes with the same u and opposite v are one unit, phi(x) = min(max(x - b0, 0), b1 - b0); others have b1 = inf. On the root
    |phi| <= span = |u|.reach + |b0| (where b1 matters, it lies within reach, too), so beta_i = |M| reach + |c| + sum |v| span bounds the terms of
    G_i. No term takes part in more than 2L + 3R + 30 roundings, L units; gamma has four times as many, and twice over.
    """

    def __init__(self, exact, face, lo, hi, scale):
        M, c, U, V, h = exact.model
        R = self.R = exact.R
        if face:  # coordinate k becomes tau, w_k = s: M w + c tau + sum v relu(u.w - h tau)
            k, s = face
            M, c = [row[:k] + [x] + row[k + 1:] for row, x in zip(M, c)], [s * row[k] for row in M]
            U, h = [u[:k] + [-x] + u[k + 1:] for u, x in zip(U, h)], [-s * u[k] for u in U]
        powers = [Fraction(2) ** int(e) for e in scale]
        units = pairs_of(U, V, h)
        try:
            numbers = lambda rows, n: np.array([[float(x) for x in row] for row in rows]).reshape(-1, n)
            self.planes, self.h = numbers(U, R), np.array([float(x) for x in h])
            self.M = numbers([[x * p for x in row] for row, p in zip(M, powers)], R)
            self.c = np.array([float(x * p) for x, p in zip(c, powers)])
            self.V = numbers([[x * p for x, p in zip(V[i], powers)] for i, _ in units], R)
        except OverflowError:
            raise Refused("numbers too large for float64")
        self.low = np.array([i for i, _ in units], dtype=int)
        self.high = np.array([i if j is None else j for i, j in units], dtype=int)
        self.U, self.b0 = self.planes[self.low], self.h[self.low]
        self.b1 = np.array([np.inf if j is None else self.h[j] for _, j in units])
        self.height = self.b1 - self.b0
        self.reach = np.maximum(abs(lo), abs(hi))
        span = self.span(self.U, self.b0, self.reach)
        self.abar = abs(self.M) + abs(self.V).T @ abs(self.U)
        self.beta = abs(self.M) @ self.reach + abs(self.c) + abs(self.V).T @ span
        self.margin = (2 * R + 8) * U53 * span + TINY
        self.gamma = (2 * len(units) + 6 * R + 64) * 4 * U53
        biggest = [abs(x).max(initial=0) for x in (self.M, self.c, self.V, self.U, span, self.reach, self.abar, self.beta)]
        require(max(biggest) <= LIMIT, "numbers too large for float64")

    def span(self, U, b, reach):
        return abs(U) @ reach + abs(b)

    def phi(self, x, b0, height):
        return np.minimum(np.maximum(x - b0, 0), height)

    def centre(self, lo, hi):
        c = 0.5 * (lo + hi)
        return c, 0.5 * (hi - lo) * (1 + 2.0**-50) + abs(c) * 2.0**-52

    def empty(self, lo, hi, Y):
        """Whether Y[b].G > 0 on the box lo[b] .. hi[b], for all b.

        Below t phi (t = y.v) lies a line through two of its points: for t > 0 over [max(b0, lo), hi], for t < 0 over [lo, min(b1, hi)], or t times
        a constant that bounds phi; phi is concave above b0 and convex below b1. A line through computed points is off by a few roundings of
        span. Summed, they are linear in z: the least value over the box is that at the centre minus |slopes|.r.
        """
        c, r = self.centre(lo.min(0), hi.max(0))
        x, p = self.U @ c, abs(self.U) @ r + self.margin
        on, off, linear = x - p >= self.b1, x + p <= self.b0, (x - p >= self.b0) & (x + p <= self.b1)
        open_ = ~(on | off | linear)
        M = self.M + self.V[linear].T @ self.U[linear]
        k = self.c - self.V[linear].T @ self.b0[linear] + self.V[on].T @ self.height[on]
        U, V, b0, b1, height = (a[open_] for a in (self.U, self.V, self.b0, self.b1, self.height))
        c, r = self.centre(lo, hi)
        x, p = c @ U.T, r @ abs(U).T + self.margin[open_]
        t, low, high = Y @ V.T, x - p, x + p
        up = t > 0
        a, b = np.where(up, np.maximum(b0, low), low), np.where(up, high, np.minimum(b1, high))
        fa, width = self.phi(a, b0, height), b - a
        slope = np.where(width > 0, (self.phi(b, b0, height) - fa) / np.where(width > 0, width, 1), 0)
        flat = np.where(up, x <= b0, x >= b1)
        slope = np.where(flat, 0, slope)
        value = np.where(flat, np.where(up, 0, height), fa + slope * (x - a))
        total = ((c @ M.T + k) * Y).sum(1) + (t * value).sum(1) - (abs(Y @ M + (t * slope) @ U) * r).sum(1)
        return (total > self.gamma * (abs(Y) @ self.beta) + TINY).all()

    def star(self, x, signs, lo, hi):
        """Whether the zero x is the only one in the box. For z in it G(z) = S (z - x), S = M + sum s_j v_j u_j', s_j = (phi(u.z) - phi(u.x))/(u.z - u.x).

        s_j takes its extreme values at the ends of the range of u.z or at kinks within it. With |I - Y S| <= B for all such S and B w < w, w > 0,
        all S are regular, so G(z) = 0 means z = x. x is exact, rounded here: u.x errs by less than e. A slope whose run is below 2^20 e is anything
        from 0 to 1; another errs by less than 8 e/run. On one linear piece, known from the exact signs at x, it is 0 or 1.
        """
        c, r = self.centre(lo, hi)
        b0, b1, height = self.b0, self.b1, self.height
        e = (2 * self.R + 8) * U53 * self.span(self.U, b0, np.maximum(self.reach, abs(x))) + TINY
        mid, p, a = self.U @ c, abs(self.U) @ r + self.margin, self.U @ x
        low, high, s0 = mid - p, mid + p, signs[self.low]
        s1 = np.where(np.isinf(b1), -1, signs[self.high])
        least, most, fa = np.ones_like(a), np.zeros_like(a), self.phi(a, b0, height)
        for q in (low, high, np.clip(b0, low, high), np.clip(b1, low, high)):
            run = q - a
            safe = abs(run) > 2.0**20 * e
            slope = (self.phi(q, b0, height) - fa) / np.where(safe, run, 1)
            error = 8 * e / np.where(safe, abs(run), 1) + 2.0**-50
            least, most = np.minimum(least, np.where(safe, slope - error, 0)), np.maximum(most, np.where(safe, slope + error, 1))
        one = (low >= b0) & (high <= b1) & (s0 >= 0) & (s1 <= 0)
        none = ((high <= b0) & (s0 <= 0)) | ((low >= b1) & (s1 >= 0))
        least = np.where(one, 1, np.where(none, 0, np.clip(least, 0, 1)))
        most = np.where(one, 1, np.where(none, 0, np.clip(most, 0, 1)))
        S = self.M + self.V.T @ (self.U * (0.5 * (least + most))[:, None])
        try:
            Y = np.linalg.inv(S)
            half = 0.5 * (most - least) * (1 + 2.0**-40)
            B = abs(np.eye(self.R) - Y @ S) + (abs(Y @ self.V.T) * half) @ abs(self.U) + self.gamma * (abs(Y) @ self.abar + 1) + TINY
            w = np.linalg.solve(np.eye(self.R) - B, r)
        except np.linalg.LinAlgError:
            return False
        sound = (w > 0).all() and w.max() < LIMIT and w.min() > 1 / LIMIT and abs(Y).max() < LIMIT
        return bool(sound and (B @ w < w * (1 - 2.0**-20)).all())

    def patterns(self, lo, hi):
        """Masks of all regions that meet the box: hyperplanes whose side float64 does not tell take both."""
        c, r = self.centre(lo, hi)
        gap = self.planes @ c - self.h
        span = self.span(self.planes, self.h, self.reach)
        open_ = ~(abs(gap) > (abs(self.planes) @ r + (2 * self.R + 8) * U53 * span) * (1 + 2.0**-40) + TINY)
        unsure = [int(j) for j in np.flatnonzero(open_)]
        require(len(unsure) <= MOST_FEW, f"a box is to be tried by patterns, but {len(unsure)} hyperplanes meet it")
        masks = [sum(1 << int(j) for j in np.flatnonzero(~open_ & (gap > 0)))]
        for j in unsure:
            masks += [m | 1 << j for m in masks]
        return masks


def walk(root, lo, hi, K, ops, y8, y32, refs, covers, listed):
    """One tree of halvings in preorder. Its leaves cover the box lo .. hi by construction."""
    Y = np.concatenate([y8.astype(float), y32.astype(float)])
    next8, next32, next_ref, recent, waiting = 0, len(y8), 0, [], []
    R, stack, at, ops = len(lo), [(lo.tolist(), hi.tolist())], 0, ops.tolist()

    def flush():
        if waiting:
            los, his, ys = (np.array(part) for part in zip(*waiting))
            require(root.empty(los, his, Y[ys]), "a box is not shown to be empty")
            waiting.clear()

    while stack:
        lo, hi = stack.pop()
        require(at < len(ops), "the tree ends too early")
        op, at = ops[at], at + 1
        if op < K + 2:
            if op < K:
                require(op < len(recent), "a leaf names a functional that is not there")
                y = recent.pop(op)
            elif op == K:
                require(next8 < len(y8), "too few functionals")
                y, next8 = next8, next8 + 1
            else:
                require(next32 < len(Y), "too few functionals")
                y, next32 = next32, next32 + 1
            recent.insert(0, y)
            del recent[K:]
            waiting.append((lo, hi, y))
            if len(waiting) == BATCH:
                flush()
        elif op == K + 2:
            require(next_ref < len(refs) and refs[next_ref] < len(covers), "a leaf names a cover that is not there")
            clo, chi = covers[refs[next_ref]]
            next_ref += 1
            require(all(a <= b for a, b in zip(clo, lo)) and all(a <= b for a, b in zip(hi, chi)), "a leaf is not inside its cover")
        elif op == K + 3:
            require(all(listed(m) for m in root.patterns(np.array(lo), np.array(hi))), "a region holds fixed points that are not listed")
        else:
            i = op - K - 5
            require(0 <= i < R, f"op {op} means nothing here")
            mid = 0.5 * (lo[i] + hi[i])
            stack.append((lo[:i] + [mid] + lo[i + 1:], hi))
            stack.append((lo, hi[:i] + [mid] + hi[i + 1:]))
    flush()
    require((at, next8, next32, next_ref) == (len(ops), len(y8), len(Y), len(refs)), "something of the tree is left over")


def bounded_box(exact):
    """Where z = -M^-1 (c + sum v phi) can lie when every unit is bounded, exactly: each phi is between 0 and b1 - b0."""
    M, c, U, V, h = exact.model
    units = pairs_of(U, V, h)
    require(all(j is not None for _, j in units), "a box as the only root needs bounded units")
    rows = [row + [-x] + [-V[i][k] * (h[j] - h[i]) for i, j in units] for k, (row, x) in enumerate(zip(M, c))]
    scale = max(x.denominator for row in rows for x in row)
    rows, pivots, common = jordan([[int(x * scale) for x in row] for row in rows], range(exact.R))
    require(len(pivots) == exact.R, "a box as the only root needs a regular M")
    ends = [(row[exact.R], [x if common > 0 else -x for x in row[exact.R + 1:]]) for row in rows]
    low = [Fraction(x, common) + Fraction(sum(min(y, 0) for y in ys), abs(common)) for x, ys in ends]
    return low, [Fraction(x, common) + Fraction(sum(max(y, 0) for y in ys), abs(common)) for x, ys in ends]


def on_face(x, face):
    """Where the ray from the origin to z in homogeneous coordinates meets a face, in float64; None if it does not."""
    if not face:
        return np.array([a / x[-1] for a in x[:-1]])
    k, s = face
    if x[k] == 0 or (x[k] > 0) != (s > 0):
        return None
    return np.array([float(Fraction(x[-1] if i == k else a, x[k]) * s) for i, a in enumerate(x[:-1])])


def check(raw, result, proof, inputs):
    require(result.get("schema") == "stillpoint/result@1" and result.get("complete") is True, "the result does not say that it is complete")
    header = json.loads(bytes(proof["header"]).decode())
    require(header.get("schema") == "stillpoint/proof@1", "this is no stillpoint/proof@1")
    require(header.get("model") == result["model"]["sha256"], "the proof is of another model than the result")
    exact = Exact(read_model(raw, inputs))
    R, N = exact.R, exact.N
    exact.list_points(result["fixedPoints"])
    exact.list_continua(result["continua"])
    if header["space"] == "patterns":
        require(N <= MOST_PATTERNS, f"patterns are for at most {MOST_PATTERNS} hyperplanes, the model has {N}")
        for first in range(0, 2**N, 2048):
            for mask in exact.few_left(np.arange(first, min(2**N, first + 2048))):
                require(exact.listed(int(mask)), f"region {mask:b} holds fixed points that are not listed")
        return
    if header["space"] == "box":
        lo, hi = (np.array([float(x) for x in header[end]]) for end in ("lo", "hi"))
        low, high = bounded_box(exact)
        require(len(lo) == len(hi) == R and all(Fraction(a) <= b for a, b in zip(lo, low)) and all(Fraction(a) >= b for a, b in zip(hi, high)),
                "the root box does not hold all fixed points")
        roots = [(None, lo, hi)]
    else:
        require(header["space"] == "cube", "the space is none that this checker knows")
        s = np.array([float(x) for x in header["halfwidths"]])
        require(len(s) == R and (s > 0).all() and (s <= LIMIT).all() and (np.frexp(s)[0] == 0.5).all(), "halfwidths must be powers of two")
        roots = [(None, -s, s)]
        for k in range(R):  # w_k = s_k and w_k = -s_k, with 0 <= tau <= 1 in its place
            lo, hi = (np.where(np.arange(R) == k, end, side) for end, side in ((0.0, -s), (1.0, s)))
            roots += [((k, Fraction(float(s[k]))), lo, hi), ((k, -Fraction(float(s[k]))), lo, hi)]
    require("rows" not in header and "cone" not in header, "rows and cones are not known to this checker")
    names = {"ops": ("|u1", ()), "y8": ("|i1", (R,)), "y32": ("<i4", (R,)), "refs": ("<u4", ()), "cover_point": ("<u4", ()),
             "cover_cone": ("|u1", ()), "cover_box": ("<f8", (2, R))}
    arrays = {name: proof[name] for name in names}
    for name, (kind, shape) in names.items():
        require(arrays[name].dtype.str == kind and arrays[name].shape[1:] == shape, f"{name} has the wrong type or shape")
    scales, K, lengths = proof["scale"], header["recent"], header["lengths"]
    require(scales.dtype.str == "<i2" and scales.shape == (len(roots), R) and len(lengths) == len(roots), "one scale and one list of lengths for each root")
    require(type(K) is int and 0 <= K <= 200 - R, "recent is out of range")
    begin = dict.fromkeys(names, 0)
    for (face, lo, hi), scale, length in zip(roots, scales, lengths):
        require(np.isfinite(lo).all() and np.isfinite(hi).all() and (lo <= hi).all(), "a root is no box")
        root, part = Root(exact, face, lo, hi, scale), {}
        for name in names:
            n = length["covers" if name.startswith("cover") else name]
            require(type(n) is int and 0 <= n <= len(arrays[name]) - begin[name], f"the header counts {name} wrongly")
            part[name], begin[name] = arrays[name][begin[name]:begin[name] + n], begin[name] + n
        covers = []
        for p, cone, box in zip(part["cover_point"].tolist(), part["cover_cone"], part["cover_box"]):
            require(cone == 0 and p < len(exact.found) and np.isfinite(box).all() and (box[0] <= box[1]).all(), "a cover is malformed")
            x, signs = exact.found[p]
            x = on_face(x, face)
            require(x is not None and root.star(x, signs, box[0], box[1]), "a cover is not shown to hold one point")
            covers.append((box[0].tolist(), box[1].tolist()))
        walk(root, lo, hi, K, part["ops"], part["y8"], part["y32"], part["refs"].tolist(), covers, exact.listed)
    require(all(begin[name] == len(arrays[name]) for name in names), "something of the proof is left over")


def records(path):
    """The objects of a JSON or NDJSON file; every number is the float64 nearest to it."""
    def refuse(text):
        raise Refused(f"{path} holds {text}")
    load = lambda text: json.loads(text, parse_int=float, parse_constant=refuse)
    text = open(path, encoding="utf-8").read()
    try:
        value = load(text)
    except json.JSONDecodeError:
        value = [load(line) for line in text.splitlines() if line.strip()]
    return value if type(value) is list else [value]


def main(args):
    inputs = {}
    while "--input" in args:
        at = args.index("--input")
        key, value = args[at + 1].split("=")
        inputs[int(key[1:])] = float(value)
        del args[at:at + 2]
    if len(args) != 3:
        sys.exit(__doc__.splitlines()[0])
    try:
        result, models = records(args[1]), records(args[0])
        require(len(result) == 1, "give a file with one result")
        if len(models) > 1:
            models = [m for m in models if m.get("name") == result[0]["model"]["name"]]
        require(len(models) == 1, "the result's model is not in the file, or more than once")
        with np.load(args[2], allow_pickle=False) as proof, np.errstate(all="ignore"):
            check(models[0], result[0], proof, inputs)
    except Refused as refusal:
        print(f"refused: {refusal}")
        return 1
    except Exception as error:  # whatever is malformed is not accepted
        print(f"refused: malformed ({type(error).__name__}: {error})")
        return 1
    points, continua = len(result[0]["fixedPoints"]), len(result[0]["continua"])
    print(f"accepted: {points} fixed points and {continua} continua, and there are no others")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
