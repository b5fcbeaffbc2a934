#!/usr/bin/env python3
"""check_proof.py MODEL RESULT PROOF [s0=1.5 ...]: does RESULT list all fixed points of MODEL?
It shares no code with the program that made the proof. The claim: the zeros of
    G(z) = M z + c + sum_j v_j relu(u_j.z - h_j)        z in R^R, N hyperplanes u_j.z = h_j
are the fixed points and continua that RESULT lists, and no others; where a continuum ends is not checked, nor are eigenvalues, stability and `error`.
docs/proof.md describes PROOF. All is decided in integers (class Exact), or in float64 where a value exceeds a bound on its rounding error (Root,
Exact.left_over: boxes and regions without zeros, or with none but a listed one). Trusted is fl(a op b) = (a op b)(1 + d), |d| <= EPS, sums in any order.
Numbers of a table are at most LIMIT, functionals 2^31: a product that underflows errs by 2^-1074, times at most LIMIT^2 2^31, and 2^40 of them by less
than TINY. What overflows is inf or nan, which no comparison accepts."""
import functools, itertools, json, math, pathlib, re, struct, sys, zlib
from fractions import Fraction
import numpy as np
LIMIT, TINY, EPS, MOST_PATTERNS, MOST_RAYS, BATCH, MOST_BYTES = 2.0**300, 2.0**-380, 2.0**-53, 20, 4096, 64, 2**27
NPY = rb"\x93NUMPY\x01\x00(..){'descr': '(\|[iu]1|<[iu][24]|<f8)', 'fortran_order': False, 'shape': \((\d+,|\d+(?:, \d+){1,2})\), } *\n"
class Refused(Exception): pass
def require(condition, why):
    if not condition: raise Refused(why)
def vector(x, n=None):  # ---- the model, in exact rationals
    good = type(x) is list and x and n in (None, len(x)) and all(type(a) is float and abs(a) <= LIMIT for a in x)
    return require(good, "a vector of the model is missing, too short or too long, or not of numbers of at most 2^300") or [Fraction(a) for a in x]
def matrix(x, rows=None, cols=None):
    good = type(x) is list and x and type(x[0]) is list and rows in (None, len(x))
    return require(good, "a matrix of the model is missing or misshapen") or [vector(row, cols or len(x[0])) for row in x]
diagonal = lambda values: [[x if i == k else 0 * x for k in range(len(values))] for i, x in enumerate(values)]
square = lambda x: diagonal(vector(x)) if type(x) is list and x and type(x[0]) is not list else matrix(x, len(x), len(x))
def read_activation(spec):  # phi(x) = offset + slope x + sum_t steps[t] relu(x - breaks[t]), with phi(0) = 0
    spec = {"relu": {"leaky": 0.0}, "hardtanh": {"breakpoints": [-1.0, 1.0], "slopes": [0.0, 1.0, 0.0]}}[spec] if type(spec) is str else spec
    breaks = vector([0.0] if "leaky" in spec else spec["breakpoints"])
    slopes = vector([spec["leaky"], 1.0] if "leaky" in spec else spec["slopes"], len(breaks) + 1)
    steps = require(all(p < q for p, q in zip(breaks, breaks[1:])), "breakpoints must ascend") or [q - p for p, q in zip(slopes, slopes[1:])]
    return sum((d * b for d, b in zip(steps, breaks) if b < 0), Fraction(0)), slopes[0], steps, breaks
def read_model(raw, inputs):  # M, c, U, V, h of G; first z' or dz/dt = L z + c + sum_j v_j phi(u_j.z + a_j), where term j belongs to unit j mod `units`
    kind, zero, one = raw.get("kind", "shPLRNN"), Fraction(0), Fraction(1)
    flow, kind = kind[:10] == "continuous" or kind == "TLN", {"continuousALRNN": "ALRNN", "continuousClippedShPLRNN": "clippedShPLRNN"}.get(kind, kind)
    bias = lambda key, n: [zero] * n if type(x := raw.get(key, 0.0)) is float and x == 0 else vector(x, n)  # one that is absent is zero
    L = square(raw["A"]) if "A" in raw and kind not in ("TLN", "leakyRNN", "leakyPLRNN") else None
    if kind in ("shPLRNN", "continuous") and "U" in raw:
        units, R, u = len(raw["U"]), len(raw["U"][0]), matrix(raw["U"])
        L = L or (diagonal([-one] * R) if flow else square(None))
        v, a, c = matrix(raw["V"], units, R), [-x for x in bias("hx", units)], [-x for x in bias("hz", R)]
    elif kind in ("shPLRNN", "clippedShPLRNN") and raw["kind"]:
        units, R, u = len(raw["W2"]), len(L), matrix(raw["W2"], None, len(L))
        v, a, c = [list(x) for x in zip(*matrix(raw["W1"], R, units))], bias("h2", units), bias("h1", R)
        if kind == "clippedShPLRNN": u, v, a = u + u, v + [[-x for x in row] for row in v], a + [zero] * units
    elif kind in ("PLRNN", "ALRNN", "dendPLRNN"):
        R, W, c, P = len(L), matrix(raw["W"], len(L), len(L)), bias("h", len(L)), vector([raw["P"]])[0] if kind == "ALRNN" else len(L)
        first, units = next(((R - k, k) for k in range(R + 1) if k == P), (-1, 0))
        L = require(first >= 0, "P is out of range") or [[x + (W[i][k] if k < first else 0) for k, x in enumerate(row)] for i, row in enumerate(L)]
        u, v, a = diagonal([one] * R)[first:], [list(x) for x in zip(*W)][first:], [zero] * units
        if kind == "dendPLRNN":
            alpha, H = vector(raw["alpha"]), matrix(raw["H"], R, len(raw["alpha"]))
            u, v, a = u * len(alpha), [[x * b for x in row] for b in alpha for row in v], [-row[b] for b in range(len(alpha)) for row in H]
    else:
        require(kind in ("TLN", "RNN", "leakyRNN", "leakyPLRNN"), f"the model is of unknown kind {kind!r}")
        units, R, alpha = len(raw["W"]), len(raw["W"]), raw["alpha"] if kind[:5] == "leaky" else 1.0
        u, gain, c = matrix(raw["W"], R, R), vector([alpha] * R if type(alpha) is float else alpha, R), [zero] * R
        L = L or diagonal([-one if kind == "TLN" else 1 - g for g in gain])
        v, a = diagonal(gain), [x + y for x, y in zip(bias("b", R), c if kind == "TLN" else bias("h", R))]
        if kind == "leakyPLRNN": u, v, a, c = diagonal([one] * R), [[g * x for g, x in zip(gain, row)] for row in zip(*u)], c, [g * x for g, x in zip(gain, a)]
    C, Wu = (matrix(raw[key], n) if key in raw else None for key, n in (("C", R), ("Wu", units)))
    K = len((C or Wu or [[]])[0])
    require(len(L) == R and all(k < K for k in inputs) and not (C and Wu and len(Wu[0]) != K), "A is of the wrong size, or there is no such input")
    s = [vector([inputs[k]])[0] if k in inputs else x for k, x in enumerate(vector(raw["s"], K) if "s" in raw else [zero] * K)]
    c = [x + dot(C[i], s) * (gain[i] if kind == "leakyPLRNN" else 1) if C else x for i, x in enumerate(c)]
    a = [x + dot(Wu[j % units], s) if Wu else x for j, x in enumerate(a)]
    offset, slope, steps, breaks = read_activation(raw.get("activation", "relu"))
    M = [[x - (i == k and not flow) for k, x in enumerate(row)] for i, row in enumerate(L)]
    for uj, vj, x in zip(u, v, a) if slope or offset else ():
        c = [y + vi * (offset + slope * x) for y, vi in zip(c, vj)]
        M = [[m + slope * vi * uk for m, uk in zip(row, uj)] for row, vi in zip(M, vj)]
    return M, c, [row for row in u for _ in steps], [[d * x for x in row] for row in v for d in steps], [b - x for x in a for b in breaks]
dot = lambda a, b: sum(x * y for x, y in zip(a, b))
primitive = lambda x: [a // (math.gcd(*x) or 1) for a in x]
def integers(rows):
    scale = math.lcm(*{x.denominator for row in rows for x in row})
    return [[x.numerator * (scale // x.denominator) for x in row] for row in rows], scale
def jordan(rows, columns):  # elimination without fractions: row k ends with `common` in column pivots[k], which is zero in all other rows
    rows, pivots, common, k = [list(row) for row in rows], [], 1, 0
    for col in columns:
        if top := min((row for row in rows[k:] if row[col]), key=lambda row: abs(row[col]), default=None):
            rows, pivot = rows[:k] + [top] + [row for row in rows[k:] if row is not top], top[col]
            rows = [row if i == k else [(pivot * x - row[col] * y) // common for x, y in zip(row, top)] for i, row in enumerate(rows)]
            pivots, common, k = pivots + [col], pivot, k + 1
    return rows, pivots, common
def cut(rays, a, i):  # the rays of the part of a cone where a.x >= 0; each has the rows on whose planes it lies as bits, of which a is row i
    signed = [(dot(a, x), x, zero) for x, zero in rays]
    rays = [(x, zero | (s == 0) << i) for s, x, zero in signed if s >= 0]
    # neighbours, between which there is a new ray: no third one lies on all planes that they share
    near = lambda x, y, both: not any(both & ~third == 0 for _, w, third in signed if w is not x and w is not y)
    rays += [(primitive([s * q - t * p for p, q in zip(x, y)]), zero & other | 1 << i)
             for s, x, zero in signed if s > 0 for t, y, other in signed if t < 0 and near(x, y, zero & other)]
    return require(len(rays) <= MOST_RAYS, "a piece has too many corners to be checked") or rays
def divide(parts, rows, first, enough=math.inf):  # masks of the parts into which hyperplanes j, row cut cones that rays span, or of enough of them
    for i, (j, row) in enumerate(rows):
        signed = [(rays, mask, [dot(row, x) for x, _ in rays]) for rays, mask in parts]
        parts = [(cut(rays, row, first + i), mask | 1 << j) for rays, mask, s in signed if max(s) > 0 or not any(s)]
        parts += [(cut(rays, [-a for a in row], first + i), mask) for rays, mask, s in signed if min(s) < 0]
        if require(sum(len(x) for x, _ in parts) <= 8 * MOST_RAYS, "too many regions meet in a point or a box") or len(parts) >= enough: break
    return [mask for _, mask in parts]
def generators(rows, n):  # lines and rays that span the cone {t in Q^n: row.t >= 0}, by double description (Motzkin and others, 1953)
    lines, rays = [[int(i == k) for k in range(n)] for i in range(n)], []
    for i, a in enumerate(row for row in rows if any(row)):
        if line := next((x for x in lines if dot(a, x)), None):
            up = line if dot(a, line) > 0 else [-x for x in line]
            onto = lambda x: primitive([dot(a, up) * p - dot(a, x) * q for p, q in zip(x, up)])
            lines, rays = [onto(x) for x in lines if x is not line], [(onto(x), zero | 1 << i) for x, zero in rays] + [(up, (1 << i) - 1)]
        else: rays = cut(rays, a, i)
    return lines, [x for x, _ in rays]
def solve(A, B):  # X with A X = B, for A with n independent columns
    n, (rows, pivots, common) = len(A[0]), jordan(integers([[*a, *b] for a, b in zip(A, B)])[0], range(len(A[0])))
    require(len(pivots) == n and not any(map(any, rows[n:])), "a matrix is singular, or the rows do not span all normals")
    return [[Fraction(x, common) for x in row[n:]] for row in rows[:n]]
def in_coordinates(model, T, added):
    """The system of w = T z, T a basis of all normals, U = P T. With A = M + K T regular, where K is 1 at each [i, k] of `added`, G(z) = 0 is z =
    -A^-1 (c + sum v_j relu(p_j.w - h_j) - K w). So H(w) = w + T A^-1 (c + sum v_j relu(p_j.w - h_j) - K w) has the same zeros, region by region."""
    (M, c, U, V, h), n = model, len(T)
    K = [[Fraction(sum(list_of(each, int) == [i, k] for each in added)) for k in range(n)] for i in range(len(M))]
    require(sum(map(sum, K)) == len(added), "what is added to M is malformed")
    A = [[m + dot(row, column) for m, column in zip(old, zip(*T))] for old, row in zip(M, K)]
    X = [[dot(t, column) for column in zip(*solve(A, [[x, *v, *row] for x, v, row in zip(c, zip(*V), K)]))] for t in T]
    P, M = solve(list(zip(*T)), zip(*U)), [[(i == k) - x for k, x in enumerate(row[-n:])] for i, row in enumerate(X)]
    return M, [x[0] for x in X], [list(p) for p in zip(*P)], [list(v) for v in zip(*X)][1:-n], h
class Exact:
    """Single regions, named by masks (bit j: u_j.z >= h_j): which solutions they hold, and whether RESULT lists these. Points are integers (d z, d)."""
    def __init__(self, model):
        (M, c, U, V, h), self.model, self.R, self.N = model, model, len(model[0]), len(model[2])
        (self.planes, su), (V, sv), (base, sb) = map(integers, ([u + [-x] for u, x in zip(U, h)], V, [row + [x] for row, x in zip(M, c)]))
        self.P, self.points, self.pieces, self.tips = np.array(self.planes, dtype=object).reshape(self.N, self.R + 1), set(), {}, []
        self.base = np.array(base, dtype=object) * (su * sv)  # [M | c] and, below, v_j [u_j | -h_j], times one common number
        self.products = np.array(V, dtype=object).reshape(self.N, self.R, 1) * sb * self.P[:, None, :]
    def equations(self, mask): return (self.base + self.products[[j for j in range(self.N) if mask >> j & 1]].sum(0)).tolist()
    def signs(self, x): return [(s > 0) - (s < 0) for s in self.P @ np.array(x, dtype=object)]
    def solutions(self, rows):  # a point and directions that span the solutions of [A | b](z, 1) = 0, or None
        rows, pivots, common = jordan(rows, range(self.R))
        if any(row[self.R] for row in rows[len(pivots):]): return None
        bound = {k: [-x if common > 0 else x for x in row] for row, k in zip(rows, pivots)}
        return [primitive([bound[k][free] if k in bound else abs(common) * (k == free) for k in range(self.R + 1)])
                for free in (self.R, *range(self.R)) if free not in bound]
    def piece(self, mask):  # generators of the solutions in a closed region: corners, whose last entry is positive, and directions, where it is 0
        span = self.solutions(self.equations(mask)) or [[0] * (self.R + 1)]
        sides = [[dot(p, x) * (1 if mask >> j & 1 else -1) for x in span] for j, p in enumerate(self.planes)]
        lines, rays = generators([[1] + [0] * (len(span) - 1)] + sides, len(span))
        out = [primitive([dot(t, column) for column in zip(*span)]) for t in rays + lines + [[-x for x in t] for t in lines]]
        return out if any(x[-1] for x in out) else []
    def holds(self, mask, x):  # whether a point (or, with last entry 0, a direction) is one of the solutions in a closed region
        return not any(dot(row, x) for row in self.equations(mask)) and all(s * (1 if mask >> j & 1 else -1) >= 0 for j, s in enumerate(self.signs(x)))
    @functools.lru_cache(None)
    def regions_at(self, signs):  # the masks of the regions that meet at a point, in the middle of a simplex here; of 64 and more any parts
        corners, every = [[int(i == k) for i in range(self.R)] + [1] for k in range(self.R)] + [[-1] * self.R + [1]], (2 << self.R) - 1
        rows = [(j, p[:-1] + [0]) for j, (p, s) in enumerate(zip(self.planes, signs)) if s == 0 and any(p[:-1])]
        return divide([([(x, every ^ 1 << k) for k, x in enumerate(corners)], sum(1 << j for j, s in enumerate(signs) if s > 0))], rows, self.R + 1, 64)
    @functools.lru_cache(None)
    def listed(self, mask):  # whether RESULT lists all solutions in the closed region of a mask
        dimension = len(jordan(piece := [] if mask in self.pieces else self.piece(mask), range(self.R + 1))[1]) - 1
        if dimension <= 0: return all(tuple(x) in self.points or any(self.holds(m, x) for m in self.pieces) for x in piece)
        # else part of a listed piece: if of one of the same dimension, the mask is of no region, as regions_at are all listed (list_all)
        return any(d >= dimension and all(self.holds(m, x) for x in piece) for m, d in self.pieces.items())
    def mask_of(self, region):
        require(all(0 <= j < self.N and j == int(j) for j in list_of(region, float)), "a hyperplane is named that is not there")
        return sum(1 << int(j) for j in set(region))
    def list_all(self, points, continua):
        for p, point in enumerate(list_of(points, dict)):
            active, ties = self.mask_of(point["active"]), self.mask_of(point["ties"])
            span = self.solutions(self.equations(active) + [self.planes[j] for j in range(self.N) if ties >> j & 1])
            x, signs = require(span and len(span) == 1, f"point {p}: its equations don't have one solution") or (span[0], self.signs(span[0]))
            require(active & ties == 0 and signs == [0 if ties >> j & 1 else 1 if active >> j & 1 else -1 for j in range(self.N)], f"point {p}: wrong signs")
            require([a / x[-1] for a in x[:-1]] == list_of(point["z"], float) and tuple(x) not in self.points, f"point {p}: wrong z, or listed twice")
            self.points.add(tuple(x)), self.tips.append((x, signs, []))
        for q, each in enumerate(list_of(continua, dict)):
            for mask in (masks := [*map(self.mask_of, list_of(each["regions"], list))]):
                piece = self.piece(mask)
                require(piece and mask not in self.pieces, f"continuum {q}: a region holds no fixed point, or is listed twice")
                at = next(x for x in piece if x[-1])  # a corner
                rows, pivots, common = jordan([[at[-1] * a - x[-1] * b for a, b in zip(x, at)][:-1] for x in piece], range(self.R))
                basis = [[a / common for a in row] for row in rows[:len(pivots)]]
                good = basis == each["basis"] and len(basis) == list_of([each["dimension"], *itertools.chain(*each["basis"])], float)[0] >= 1
                require(good, f"continuum {q}: the basis or the dimension is wrong")
                self.pieces[mask] = len(pivots)
                self.tips.append((x := [sum(a) for a in zip(*piece)], self.signs(x), rows[:len(pivots)]))  # x is in its relative interior
            sides = zip(masks, (self.regions_at(tuple(signs)) for _, signs, _ in self.tips[-len(masks):]))
            good = all(m in all_of and {*all_of} <= {*self.pieces} if len(all_of) < 64 else len(masks) > 63 for m, all_of in sides)
            require(good, f"continuum {q}: a region about a piece is not listed, or one has no interior")
        require(not any(self.holds(m, list(x)) for x in self.points for m in self.pieces), "a listed point lies on a listed continuum")
    def tip(self, number, T):  # a listed point, or a region of a continuum, in coordinates T z: x, signs, directions in echelon form, where these lead
        x, signs, directions = self.tips[number]  # x is in the relative interior: signs are 0 for the hyperplanes that contain all of the tip
        rows, pivots, common = jordan(integers([[dot(t, d) for t in T] for d in directions])[0], range(len(T)))
        return [Fraction(dot(t, x), x[-1]) for t in T], np.array(signs, dtype=int), [[Fraction(a, common) for a in row] for row in rows], pivots
    def left_over(self, masks):  # those of the masks whose closed regions float64 does not show to hold no solution
        """With A z = b the region's equations, Y ~ inverse of A, K = |I - YA| + rounding and w >= |Yb| + rounding: if K w <= w/2, then |z| <= 2w and
        |z - Yb| <= 2Kw + rounding, and z is not in the region if the sign of a hyperplane there is surely wrong. Entries of A and b sum N + 1 rounded
        products: gamma times the sum of their magnitudes is more than four times their error. Underflow: all is below 2^100 or 2^200."""
        R, N, (M, c, U, V, h) = self.R, self.N, self.model
        P, V, base = floats([u + [-x] for u, x in zip(U, h)], R + 1), floats(V, R), floats([row + [x] for row, x in zip(M, c)], R + 1)
        E, gamma, D = V[:, :, None] * P[:, None, :], (2 * N + 6 * R + 64) * 4 * EPS, (masks[:, None] >> np.arange(N) & 1).astype(float)
        size, A = abs(base) + abs(E).sum(0), (S := base + (D @ E.reshape(N, R * (R + 1))).reshape(-1, R, R + 1))[:, :, :R]
        try: Y = np.linalg.inv(A + abs(A).max(2)[:, :, None] * 2.0**-46 * np.eye(R) * (1 + np.arange(R) / (R + 0.7)))  # not quite singular; see K
        except np.linalg.LinAlgError: return masks
        K, z, slack = abs(np.eye(R) - Y @ A) + gamma * (abs(Y) @ size[:, :R] + 1), -(Y @ S[:, :, R:])[:, :, 0], gamma * (abs(Y) @ size[:, R])
        w = abs(z) + slack + 2.0**-20 * (abs(z) + slack).max(1, keepdims=True) + TINY
        Kw = (K @ w[:, :, None])[:, :, 0]
        sound = ((2 * Kw <= w) & (w < 2.0**200)).all(1) & (abs(Y) < 2.0**200).all((1, 2)) & all((abs(x) < 2.0**100).all() for x in (P, V, size))
        error = (2 * Kw + slack + gamma * w) @ abs(P[:, :R]).T * (1 + 2.0**-20) + gamma * abs(P[:, R]) + TINY
        tied = [[sum(1 << j for j, s in enumerate(signs) if s == side) for side in (1, 0)] for _, signs, flat in self.tips if 0 in signs and not flat]
        known = np.any([masks & ~ties == active for active, ties in tied] or [masks < 0], axis=0)  # of a listed point, and no other, as A is regular
        return masks[~(sound & (known | ((2 * D - 1) * (z @ P[:, :R].T + P[:, R]) < -error).any(1)))]
def cone(model, signs):  # G(x + d) as a system in d: hyperplanes off x are folded as they are at x, and nothing is constant, as G(x) = 0
    (M, c, U, V, h), (on, ties) = model, ([j for j, s in enumerate(signs) if s == side] for side in (1, 0))
    M = [[m + sum(V[j][i] * U[j][k] for j in on) for k, m in enumerate(row)] for i, row in enumerate(M)]
    return M, [0 * x for x in c], [U[j] for j in ties], [V[j] for j in ties], [0 * h[j] for j in ties]
def floats(rows, n): return np.array([[float(x) if abs(x) < 2**1023 else math.inf for x in row] for row in rows]).reshape(-1, n)
def pairs_of(U, V, h):  # hyperplanes (i, j) with the same u, opposite v and h_i <= h_j, which make one bounded unit; the others as (i, None)
    waiting, units = {}, []
    for j, (u, v) in enumerate(zip(U, V)):
        if partners := waiting.get((*u, *(-x for x in v))): units.append(tuple(sorted((partners.pop(), j), key=lambda i: h[i])))
        else: waiting.setdefault((*u, *v), []).append(j)
    return units + [(j, None) for alone in waiting.values() for j in alone]
def centre(lo, hi): return (c := 0.5 * (lo + hi)), 0.5 * (hi - lo) * (1 + 2.0**-50) + abs(c) * 2.0**-52
class Root:
    """G in the coordinates of a root box, row i times 2^scale[i], with units phi(x) = min(max(x - b0, 0), b1 - b0), b1 = inf for single hyperplanes.
    There |phi| <= span = |u|.reach + |b0|: b1 matters only where u.z comes near it. So beta = |M| reach + |c| + sum |v| span bounds the terms of G.
    Each is rounded at most 2L + 3R + 30 times, for L units; gamma is more than four times that. `margin` covers R + 2 roundings of u.c and of |u|.r."""
    def __init__(self, model, face, lo, hi, scale):
        (M, c, U, V, h), R = model, len(model[0])
        if face:  # coordinate k becomes tau, and w_k = s: M w + c tau + sum v relu(u.w - h tau)
            k, s = face
            M, c = [row[:k] + [x] + row[k + 1:] for row, x in zip(M, c)], [s * row[k] for row in M]
            U, h = [u[:k] + [-x] + u[k + 1:] for u, x in zip(U, h)], [-s * u[k] for u in U]
        units, power, self.normals, self.offsets = pairs_of(U, V, h), [Fraction(2) ** int(e) for e in scale], U, h
        self.planes, self.h, self.V = floats(U, R), floats([[x] for x in h], 1)[:, 0], floats([[x * p for x, p in zip(V[i], power)] for i, _ in units], R)
        self.M, self.c = floats([[x * p for x in row] for row, p in zip(M, power)], R), floats([[x * p for x, p in zip(c, power)]], R)[0]
        self.low, self.high = np.array([i for i, _ in units], dtype=int), np.array([i if j is None else j for i, j in units], dtype=int)
        self.U, self.b0, self.b1 = self.planes[self.low], self.h[self.low], np.array([np.inf if j is None else self.h[j] for _, j in units])
        self.height, self.reach = self.b1 - self.b0, np.maximum(abs(lo), abs(hi))
        span, self.size = abs(self.U) @ self.reach + abs(self.b0), abs(self.M) + abs(self.V).T @ abs(self.U)
        self.beta = abs(self.M) @ self.reach + abs(self.c) + abs(self.V).T @ span
        self.margin, self.gamma = (2 * R + 8) * EPS * span + TINY, (2 * len(units) + 6 * R + 64) * 4 * EPS
        require(all((abs(x) <= LIMIT).all() for x in (self.M, self.c, self.V, self.U, span, self.reach, self.size, self.beta)), "too large for float64")
    def empty(self, lo, hi, Y):  # whether Y[b].G > 0 on the box lo[b] .. hi[b] for all b
        """With t = y.v, t phi lies above a line: for t > 0 that through its points at max(b0, low) and high, as phi is concave from b0 on; for t < 0
        that through low and min(b1, high), as phi is convex up to b1; or t times a constant that bounds phi. Computed, the line is off by a
        few roundings of span at these points. The sum of all lines is linear in z: it is least, over the box, at the centre less |slopes|.r."""
        c, r = centre(lo.min(0), hi.max(0))  # units with one piece on all of the boxes are folded into M and k
        x, p = self.U @ c, abs(self.U) @ r + self.margin
        on, off, linear = x - p >= self.b1, x + p <= self.b0, (x - p >= self.b0) & (x + p <= self.b1)
        M = self.M + self.V[linear].T @ self.U[linear]
        k = self.c - self.V[linear].T @ self.b0[linear] + self.V[on].T @ self.height[on]
        V, W, b0, b1, height, margin = (a[~(on | off | linear)] for a in (self.V, self.U, self.b0, self.b1, self.height, self.margin))
        c, r = centre(lo, hi)
        x, p, t = c @ W.T, r @ abs(W).T + margin, Y @ V.T
        up, low, high = t > 0, x - p, x + p
        a, b, flat = np.where(up, np.maximum(b0, low), low), np.where(up, high, np.minimum(b1, high)), np.where(up, x <= b0, x >= b1)
        at_a, at_b = (np.minimum(np.maximum(q - b0, 0), height) for q in (a, b))
        slope = np.where(flat | (b <= a), 0, (at_b - at_a) / np.where(b > a, b - a, 1))
        value = np.where(flat, np.where(up, 0, height), at_a + slope * (x - a))
        least = ((c @ M.T + k) * Y).sum(1) + (t * value).sum(1) - (abs(Y @ M + (t * slope) @ W) * r).sum(1)
        return (least > self.gamma * (abs(Y) @ self.beta) + TINY).all()
    def star(self, x, signs, lo, hi):  # whether no other point of the box than the zero x, with its exact signs, is a zero
        """G(y) = S (y - x) with S = M + sum s_j v_j u_j', s_j the slope of phi from u.x to u.y. It is extreme at the ends of the range of u.y, or at kinks
        in it. If |I - Y S| <= B for all such S, and B w < w for a w > 0, they are regular, and G(y) = 0 means y = x. x is rounded: u.x errs by less
        than e, so a slope over a run of less than 2^20 e is anything from 0 to 1, and another errs by less than 8 e/run."""
        (c, r), b0, b1 = centre(lo, hi), self.b0, self.b1
        e = (2 * len(self.beta) + 8) * EPS * (abs(self.U) @ np.max([self.reach, abs(x), abs(lo), abs(hi)], 0) + abs(b0)) + TINY
        mid, p, a = self.U @ c, abs(self.U) @ r + e, self.U @ x
        low, high, s0, s1 = mid - p, mid + p, signs[self.low], np.where(np.isinf(b1), -1, signs[self.high])
        phi, least, most = lambda q: np.minimum(np.maximum(q - b0, 0), self.height), np.ones_like(a), np.zeros_like(a)
        for q in (low, high, np.clip(b0, low, high), np.clip(b1, low, high)):
            safe = abs(q - a) > 2.0**20 * e
            slope, error = (phi(q) - phi(a)) / np.where(safe, q - a, 1), 8 * e / np.where(safe, abs(q - a), 1) + 2.0**-50
            least, most = np.minimum(least, np.where(safe, slope - error, 0)), np.maximum(most, np.where(safe, slope + error, 1))
        one = (low >= b0) & (high <= b1) & (s0 >= 0) & (s1 <= 0)  # x and all of the box on one linear piece
        none = ((high <= b0) & (s0 <= 0)) | ((low >= b1) & (s1 >= 0))
        least, most = (np.where(one, 1, np.where(none, 0, np.clip(s, 0, 1))) for s in (least, most))
        S = self.M + self.V.T @ (self.U * (0.5 * (least + most))[:, None])
        B = abs(np.eye(len(S)) - (Y := np.linalg.inv(S)) @ S) + self.gamma * (abs(Y) @ self.size + 1) + TINY
        B = B + (abs(Y @ self.V.T) * (0.5 * (most - least) * (1 + 2.0**-40))) @ abs(self.U)
        return (((w := np.linalg.solve(np.eye(len(S)) - B, r)) > 1 / LIMIT) & (w < LIMIT) & (B @ w < w * (1 - 2.0**-20))).all() and (abs(Y) < LIMIT).all()
    def sides(self, lo, hi):  # u.z - h at the centre of a box, for all hyperplanes, and how much larger it must be to be sure of its sign on all of it
        (c, r), size = centre(lo, hi), abs(self.planes) @ np.maximum(abs(lo), abs(hi)) + abs(self.h)
        return self.planes @ c - self.h, (abs(self.planes) @ r + (2 * len(self.beta) + 8) * EPS * size) * (1 + 2.0**-40) + TINY
    def in_cone(self, x, signs, basis, pivots, lo, hi):
        """Whether hyperplanes that don't contain the tip have on all of a box the side that they have there, and so, for a region, at the points e of
        its hull that have the leading coordinates of a point of the box: these are listed. Then G(e + d) is homogeneous in d (cone)."""
        moves = [[[row[i] * (Fraction(float(end[p])) - x[p]) for end in (lo, hi)] for row, p in zip(basis, pivots)] for i in range(len(x))]
        ends = [[np.nextafter(float(a + sum(map(f, m))), to) for a, m in zip(x, moves)] for f, to in ((min, -np.inf), (max, np.inf))]
        sides = (self.sides(*box) for box in [(lo, hi), map(np.array, ends)][:1 + bool(pivots)])
        return all(((signs == 0) | (signs * gap > slack)).all() for gap, slack in sides)
    def regions(self, lo, hi):  # masks of regions in one of which every zero of the box lies: all settings of hyperplanes whose side float64 does not tell
        (gap, slack), R = self.sides(np.array(lo), np.array(hi)), len(lo)
        unsure, mask = np.flatnonzero(~(abs(gap) > slack)).tolist(), sum(1 << int(j) for j in np.flatnonzero(gap > slack))
        if len(unsure) <= (6 if R < 5 else 12): return [mask + sum(bits) for bits in itertools.product(*((0, 1 << j) for j in unsure))]
        require(R <= 6, "a box is to be tried region by region, in too many dimensions")  # exactly: the parts into which they cut the box
        [[*ends, one]] = integers([[Fraction(x) for x in (*lo, *hi, 1)]])[0]
        rays = [((*x, one), sum((x[at % R] == end) << at for at, end in enumerate(ends))) for x in {*itertools.product(*zip(ends[:R], ends[R:]))}]
        return divide([(rays, mask)], [(j, integers([[*self.normals[j], -self.offsets[j]]])[0][0]) for j in unsure], 2 * R)
def walk(root, lo, hi, K, ops, y8, y32, refs, covers, listed):  # a tree of halvings in preorder: its leaves cover the box lo .. hi
    np.empty(2**21)  # freed at once: from now on the C library keeps the memory of arrays, which the system takes long to give again
    Y, waiting, recent = np.concatenate([y8, y32]).astype(float), [], []
    next8, next32, refs, stack = iter(range(len(y8))), iter(range(len(y8), len(Y))), iter(refs), [(lo, hi)]
    def flush(): require(not waiting or root.empty(*map(np.array, zip(*waiting))), "a box is not shown to be empty"), waiting.clear()
    for op, (lo, hi) in ((op, stack.pop()) for op in ops):
        if op > K + 4:
            i, middle = op - K - 5, 0.5 * (lo[op - K - 5] + hi[op - K - 5])
            stack += (lo[:i] + [middle] + lo[i + 1:], hi), (lo, hi[:i] + [middle] + hi[i + 1:])
        elif op < K + 2:  # empty, by a functional used lately or the next one
            recent = ([recent.pop(op) if op < K else next(next8 if op == K else next32)] + recent)[:K]
            waiting.append((lo, hi, Y[recent[0]]))
            if len(waiting) == BATCH: flush()
        elif op == K + 2:
            below, above = covers[next(refs)]
            require(all(a <= b for a, b in zip(below + hi, lo + above)), "a leaf is not inside its cover")
        else: require(op == K + 3 and all(map(listed, root.regions(lo, hi))), "a region holds fixed points that are not listed, or an op is unknown")
    flush()
    require(not stack and all(next(left, None) is None for left in (next8, next32, refs)), "a tree ends too early, or something is left over")
def bounded_box(model):  # where z = -M^-1 (c + sum v phi) can be if all units are bounded (else h[None] is malformed): each phi is from 0 to b1 - b0
    (M, c, U, V, h), units = model, pairs_of(*model[2:])
    X = solve(M, [[-c[k]] + [V[i][k] * (h[i] - h[j]) for i, j in units] for k in range(len(M))])
    return [[x[0] + sum(f(y, 0) for y in x[1:]) for x in X] for f in (min, max)]
def on_face(x, face):  # where the ray through (x, 1) meets a face of the cube, rounded
    require((factor := face[1] / x[face[0]] if face else 1) > 0, "a cover names a point that is not on its face")
    return np.array([float(factor if face and i == face[0] else factor * a) for i, a in enumerate(x)])
def list_of(x, *types): return require(type(x) is list and all(type(a) in types for a in x), "a list is malformed") or x
def halfwidths_of(widths, R, flat):
    good = len(list_of(widths, int, float)) == R and all(x == 0 if i in flat else math.frexp(x)[0] == 0.5 and x <= LIMIT for i, x in enumerate(widths))
    return require(good, "halfwidths must be powers of two, or 0 for coordinates that may be left out") or [float(x) for x in widths]
def check(raw, result, header, arrays, inputs):
    exact, cones, names, K, lengths = Exact(read_model(raw, inputs)), header.get("cones", []), *map(header.get, ("rows", "recent", "lengths"))
    require(type(raw.get("name", "")) is str and result["schema"] == "stillpoint/result@1" and header["schema"] == "stillpoint/proof@1", "a file is of another kind")
    require(result["complete"] is True and type(header["model"]) is str and header["model"] == result["model"]["sha256"], "incomplete, or the proof is of another result")
    exact.list_all(result["fixedPoints"], result["continua"])
    if header["space"] == "patterns":
        require(exact.N <= MOST_PATTERNS and not arrays, "too many hyperplanes to try all patterns, or arrays that nothing is about")
        masks = (m for first in range(0, 2**exact.N, 2048) for m in exact.left_over(np.arange(first, min(2**exact.N, first + 2048))).tolist())
        return require(all(map(exact.listed, masks)), "a region holds fixed points that are not listed")
    numbers = list_of([0] if names is None else names, int) + list_of([each["point"] for each in list_of(cones, dict)], int)
    require(header["space"] in ("box", "cube") and min(numbers) >= 0, "the space is not known, or a number is negative")
    T = [exact.model[2][j] for j in names] if names is not None else diagonal([Fraction(1)] * exact.R)
    system, R, tips = in_coordinates(exact.model, T, list_of(header.get("added", []), list)) if names is not None else exact.model, len(T), {}
    if header["space"] == "box":
        (lo, hi), (low, high) = ([float(x) for x in list_of(header[end], int, float)] for end in ("lo", "hi")), bounded_box(system)
        require(len(lo) == len(hi) == R and all(a <= b for a, b in zip(lo + high, low + hi)), "the root does not hold all fixed points")
        roots = [(system, None, lo, hi, exact.listed)]
    else:
        flat = exact.solutions([row + [0] for row in integers(system[0] + system[2])[0]])[1:] if names is None and 0 in header["halfwidths"] else []
        s = halfwidths_of(header["halfwidths"], R, jordan([x[:-1] for x in flat], range(R))[1])  # moved along `flat`, a zero stays one in its regions
        roots = [(system, None, [-x for x in s], s, exact.listed)]
        roots += [(system, (k, Fraction(side * s[k])), *([end if i == k else sign * x for i, x in enumerate(s)] for end, sign in ((0.0, -1), (1.0, 1))),
                   exact.listed) for k in range(R) if s[k] for side in (1, -1)]  # w_k = +-s_k, with tau from 0 to 1 as coordinate k
    for each in cones:  # no zero on the faces of a cube about a tip but listed ones: so nowhere but on it, where G is homogeneous about it
        x, signs, basis, pivots = tips[each["point"]] = exact.tip(each["point"], T)
        model, s, masks = cone(system, signs), halfwidths_of(each["halfwidths"], R, pivots), [1 << j for j, side in enumerate(signs) if side == 0]
        beside = sum(1 << j for j, side in enumerate(signs) if side > 0)  # the regions nearer to the tip, where hyperplanes off it have its sides
        listed = lambda mask, beside=beside, masks=masks: exact.listed(beside + sum(m for i, m in enumerate(masks) if mask >> i & 1))
        roots += [(model, None, *([side * x if i == k else end * x for i, x in enumerate(s)] for end in (-1, 1)), listed)
                  for k in range(R) if s[k] for side in (1, -1)]
    forms = {"ops": "u1()", "y8": f"i1({R},)", "y32": f"i4({R},)", "refs": "u4()", "cover_point": "u4()", "cover_cone": "u1()", "cover_box": f"f8(2, {R})"}
    good = {name: a.dtype.str[1:] + str(a.shape[1:]) for name, a in arrays.items()} == {**forms, "scale": f"i2({R},)"}
    require(good and len(arrays["scale"]) == len(lengths) == len(roots), "an array is missing, misshapen or unknown, or the number of roots is wrong")
    counts = {name: [each["covers" if name[:5] == "cover" else name] for each in lengths] for name in forms}
    good = type(K) is int and 1 <= K <= 200 and all(type(n) is int and n >= 0 for column in counts.values() for n in column)
    require(good and all(sum(counts[name]) == len(arrays[name]) for name in forms), "a count is malformed, or something is left over")
    parts = zip(arrays["scale"], *(np.split(arrays[name], np.cumsum(counts[name])[:-1]) for name in forms))
    for (model, face, lo, hi, listed), (scale, ops, y8, y32, refs, *tables) in zip(roots, parts):
        root, covers = Root(model, face, np.array(lo), np.array(hi), scale), []
        for p, is_cone, box in zip(*tables):
            x, signs, basis, pivots = tip = exact.tip(p, T)
            require(model is system and np.isfinite(box).all() and (box[0] <= box[1]).all() and is_cone <= 1, "a cover is malformed")
            shown = not face and p in tips and root.in_cone(*tip, *box) if is_cone else not basis and root.star(on_face(x, face), signs, *box)
            require(shown, "a cover is not shown to hold no point but its own") or covers.append(box.tolist())
        walk(root, lo, hi, K, ops.tolist(), y8, y32, refs.tolist(), covers, listed)
def parse(text, number): return json.loads(text, parse_int=number, parse_float=number, parse_constant=lambda name: require(False, f"{name} is no number"))
def record(path): return parse(pathlib.Path(path).read_text("utf-8-sig"), float)  # a JSON file, all numbers as float64
def read_proof(path):
    """Header and arrays. The archive leaves nothing to its reader: entries from byte 0 on without gaps, a directory that says the same of them, its end."""
    data, arrays, at, room = pathlib.Path(path).read_bytes(), {}, 0, MOST_BYTES
    count, length, entry = struct.unpack("<HII", data[-12:-2])
    for _ in range(count):
        head, local = data[entry:entry + 46], data[at:at + 30]
        flags, method, crc, packed, size, n, none, place = struct.unpack("<8xHH4xIIIH6s6xI", head)
        name, start = data[entry + 46:entry + 46 + n], at + 30 + n + int.from_bytes(local[28:], "little")
        plain = (flags & ~6, none, place) == (0, bytes(6), at) and method in (0, 8) and (room := room - size) >= 0 and name[-4:] == b".npy"
        same = head[:4] + local[:18] == b"PK\1\2PK\3\4" + head[6:20] and local[26:28] + data[at + 30:at + 30 + n] == head[28:30] + name
        same &= local[18:26] in (head[20:28], b"\xff" * 8)  # NumPy leaves the sizes to the directory
        entry, at, body, inflate = entry + 46 + n, start + packed, data[start:start + packed], zlib.decompressobj(-15)
        text = inflate.decompress(body, size + 1) if method else body
        whole = inflate.eof == (method > 0) and not inflate.unused_data and len(text) == size and zlib.crc32(text) == crc
        require(plain and same and whole, "an array is damaged, or the archive is not plain")
        header = re.match(NPY, text, re.S)
        arrays[name[:-4].decode("ascii")] = array = np.ndarray([int(k) for k in re.findall(rb"\d+", header[3])], header[2].decode(), text, header.end())
        require(header.end() == 10 + int.from_bytes(header[1], "little") == size - array.nbytes, "an array is damaged")
    whole = len(data) == entry + 22 == at + length + 22 and data[-22:] == struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, count, count, length, at, 0)
    require(whole and len(data) <= MOST_BYTES and len(arrays) == count and arrays["header"].dtype == np.uint8, "the archive is not plain, or too large")
    return parse(bytes(arrays.pop("header")).decode("utf-8-sig"), lambda text: int(x) if (x := float(text)).is_integer() else x), arrays
def main(args):
    try:
        inputs, model, result = {int(key[1:]): float(x) for key, x in (arg.split("=") for arg in args[3:])}, record(args[0]), record(args[1])
        with np.errstate(all="ignore"): check(model, result, *read_proof(args[2]), inputs)
    except Exception as problem:  # Refused; and whatever is malformed is refused, too
        return print(f"refused: {problem if type(problem) is Refused else f'malformed ({problem!r})'}") or 1
    return print(f"accepted: {len(result['fixedPoints'])} fixed points and {len(result['continua'])} continua, and there are no others") or 0
if __name__ == "__main__": sys.exit(main(sys.argv[1:]) if len(sys.argv) > 3 else __doc__.splitlines()[0])
