#!/usr/bin/env python3
"""check_cycles_proof.py MODEL RESULT PROOF [s0=1.5 ...]: does RESULT list all cycles of MODEL, of the periods that PROOF names?

The map is F(z) = z + M z + c + sum_j v_j relu(u_j.z - h_j), z in R^R, N hyperplanes. The claim for a period k: every orbit with F^k(z_0) = z_0 whose
minimal period is k is a rotation of a cycle of RESULT, or lies on a continuum of RESULT or a rotation of it. docs/proof.md#cycles describes PROOF.

All is decided in integers (class Words, over check_proof.py, from which the model's reader is, too), or in float64, where a number exceeds a bound on
its rounding error (Orbits.bound). Trusted is fl(a op b) = (a op b)(1 + d), |d| <= EPS, for sums in any order; what underflows errs by 2^-1074. What
overflows is inf or nan, which no comparison accepts."""
import math
import sys
from fractions import Fraction

import numpy as np

try:
    from .check_proof import EPS, Exact, Refused, floats, list_of, read_model, read_proof, record, require
except ImportError:  # as a script
    from check_proof import EPS, Exact, Refused, floats, list_of, read_model, read_proof, record, require

LARGEST_ENTRY, LARGEST_MULTIPLIER, LARGEST_RANGE = 2.0**150, 2.0**60, 2.0**170
TINY = 2.0**-800  # each of fewer than 2^40 operations errs by 2^-1074, with a multiplier and an end of a range as factors after it
MOST_EXPONENT, LONGEST_PERIOD, BATCH = 600, 1000, 64
EMPTY, CROSSED, WORD, SPLIT, ABOVE, BELOW = range(6)


# ---- words, exactly


def block_system(model, k):
    """The system in kR dimensions whose zeros are the orbits with F^k(z_0) = z_0: (F(z_{k-1}) - z_0, F(z_0) - z_1, ...) = 0. Its hyperplane t N + j is
    hyperplane j at z_t."""
    M, c, U, V, h = model
    R, zero = len(M), Fraction(0)
    at = lambda t, row: [zero] * (t * R) + list(row) + [zero] * ((k - 1 - t) * R)
    rows, right = [], []
    for to in range(k):
        for i in range(R):
            row = at((to - 1) % k, [x + (i == n) for n, x in enumerate(M[i])])
            row[to * R + i] -= 1
            rows.append(row)
            right.append(c[i])
    return rows, right, [at(t, u) for t in range(k) for u in U], [at((t + 1) % k, v) for t in range(k) for v in V], list(h) * k


class Anything:
    """Equal to everything, and without numbers: a rotation's basis is not given."""

    def __eq__(self, other):
        return True

    def __iter__(self):
        return iter(())


class Words:
    """The words of one period as regions of the block system: which hold an orbit that RESULT does not list."""

    def __init__(self, model, k, result):
        self.k, self.R, self.N = k, len(model[0]), len(model[2])
        self.exact, self.known = Exact(block_system(model, k)), {}
        points, continua, images, named = [], [], [], set()
        for cycle in result["cycles"]:
            if cycle["period"] != k:
                continue
            require(len(cycle["points"]) == k, "a cycle has more or fewer points than its period")
            require(all(len(point["z"]) == self.R for point in cycle["points"]), "a point has another dimension than the model")
            orbit = cycle["points"]
            z = [x for point in orbit for x in point["z"]]
            points.append({"z": z, "active": self.region([p["active"] for p in orbit]), "ties": self.region([p["ties"] for p in orbit])})
        own = [each for each in result["continua"] if each["period"] == k]
        for each in own:
            regions = [self.region(word) for word in each["words"]]
            named.update(map(self.exact.mask_of, regions))
            continua.append({"dimension": each["dimension"], "basis": each["basis"], "regions": regions})
        for each in own:  # the rotations, but for words that are there already: one may be the same set
            regions = []
            for r in range(1, k):
                for word in each["words"]:
                    region = self.region(word[r:] + word[:r])
                    if self.exact.mask_of(region) not in named:
                        named.add(self.exact.mask_of(region))
                        regions.append(region)
            images.append({"dimension": each["dimension"], "basis": Anything(), "regions": regions})
        self.exact.list_all(points, continua + images)
        for x in list(self.exact.points):  # their rotations; were the minimal period smaller, two would be equal
            for r in range(self.R, k * self.R, self.R):
                turned = (*x[r:-1], *x[:r], x[-1])
                require(turned not in self.exact.points, "a cycle is listed twice, or has a smaller period")
                self.exact.points.add(turned)
        require(not any(self.repeats(self.exact.piece(mask)) for mask in self.exact.pieces), "the orbits of a listed continuum have a smaller period")

    def region(self, lists):
        """Hyperplanes of each of the k points as hyperplanes of the block system."""
        require(len(lists) == self.k, "a word has more or fewer letters than the period")
        require(all(type(j) is float and 0 <= j < self.N and j == int(j) for each in lists for j in each), "a hyperplane is named that is not there")
        return [t * self.N + j for t, each in enumerate(lists) for j in each]

    def repeats(self, piece):
        """Whether all orbits of a piece have a smaller period: then its corners and directions, which span it, are the same some steps on."""
        size = self.k * self.R
        same = lambda x, d: all(x[i] == x[(i + d * self.R) % size] for i in range(size))
        return any(self.k % d == 0 and all(same(x, d) for x in piece) for d in range(1, self.k))

    def listed(self, mask):
        if mask not in self.known:
            self.known[mask] = self.exact.listed(mask) or self.repeats(self.exact.piece(mask))
        return self.known[mask]


# ---- orbits in float64


class Orbits:
    """The map in coordinates z_i = 2^exponents[i] w_i and in homogeneous ones, z = w/tau, for orbits of k points:

        w_{t+1} = w_t + M w_t + c tau + sum_j v_j relu(s_tj),    s_t = U w_t - h tau,

    with rows (u_j, h_j) times powers of two, so that the largest |u_jk| is in [1, 2). Entries are rounded once."""

    def __init__(self, model, exponents, k):
        M, c, U, V, h = model
        self.k, self.R, self.N = k, len(M), len(U)
        two = [Fraction(2) ** e for e in exponents]
        U = [[x * p for x, p in zip(u, two)] for u in U]
        top = [max(map(abs, u)) for u in U]
        row = [Fraction(2) ** (x.numerator.bit_length() - x.denominator.bit_length()) if x else Fraction(1) for x in top]
        U, h = [[x / p for x in u] for u, p in zip(U, row)], [x / p for x, p in zip(h, row)]
        self.M = floats([[x * q / p for x, q in zip(m, two)] for m, p in zip(M, two)], self.R)
        self.c = floats([[x / p for x, p in zip(c, two)]], self.R)[0]
        self.U, self.h = floats(U, self.R), floats([[x] for x in h], 1)[:, 0]
        self.V = floats([[x * q / p for x, p in zip(v, two)] for v, q in zip(V, row)], self.R)
        self.constants = [None if any(u) else (x < 0) - (x > 0) for u, x in zip(U, h)]  # the sign of s where u = 0
        require(all((abs(x) <= LARGEST_ENTRY).all() for x in (self.M, self.c, self.U, self.V, self.h)), "the model's numbers are too large for float64")
        chains = {}
        for j, u in enumerate(U):
            if any(u):
                chains.setdefault(tuple(u), []).append(j)
        chains = [sorted(chain, key=lambda j: (h[j], j)) for chain in chains.values() if len(chain) > 1]
        # neighbours a, b have equal rows and h_a <= h_b: s_a >= s_b, and relu(s_b) - relu(s_a) is from (h_a - h_b) tau to 0
        self.a, self.b = (np.array([p[i] for chain in chains for p in zip(chain, chain[1:])], dtype=int) for i in (0, 1))
        self.shift, self.longest = self.h[self.a] - self.h[self.b], max(map(len, chains), default=1)
        self.width = k * (self.R + self.N + 1 + len(self.a))

    def roots(self, lead):
        """Boxes that hold a rotation of every orbit: |w| <= 1 at all points and tau = 1, where the rotation is taken whose s_0,lead is the largest s_t,lead;
        or, with tau in [0, 1], one whose largest |w_ti| is w_0i = 1, or -1."""
        reach = abs(self.U).sum(1)
        slack = (reach + abs(self.h)) * (self.R + 8) * 2.0**-51 + 2.0**-900  # R + 3 roundings
        for i, side in [(None, 0)] + [(i, side) for i in range(self.R) for side in (1.0, -1.0)]:
            tau = 1.0 if i is None else 0.0
            low, high = np.minimum(-self.h * tau, -self.h) - reach - slack, np.maximum(-self.h * tau, -self.h) + reach + slack
            for j, sign in enumerate(self.constants):
                if sign is not None:
                    low[j], high[j] = (0.0 if sign >= 0 else low[j]), (0.0 if sign <= 0 else high[j])
            w = np.repeat([[-1.0], [1.0]], self.k * self.R, 1)
            if i is not None:
                w[:, i] = side
            yield np.tile(low, self.k), np.tile(high, self.k), w[0], w[1], tau, (lead if i is None else -1)

    def propagate(self, low, high):
        """Signs that follow from those of parallel units, in place."""
        low, high = low.reshape(self.k, self.N), high.reshape(self.k, self.N)
        for _ in range(self.longest - 1):
            high[:, self.b] = np.where(high[:, self.a] <= 0, np.minimum(high[:, self.b], 0), high[:, self.b])
            low[:, self.a] = np.where(low[:, self.b] >= 0, np.maximum(low[:, self.a], 0), low[:, self.a])

    def bound(self, low, high, functional, index, sign, root):
        """For each row b of the arrays: a number that sign[b] s_index[b] (or 0, for index -1) is not below, for any orbit in the box; nan for none.

        The functional is lambda_t, slopes a_t, mu_t and pi_t, any numbers at all. At an orbit lambda_t.(equation t) = 0, mu_t (s_0 - s_t) >= 0 for the
        lead unit and mu >= 0, and with p = relu(s) for a pair of parallel units pi (p_b - p_a) >= min(0, pi (h_a - h_b)) tau. So the objective is at least

            sum_t d_t.w_t + tau e + sum_tj min {C p(s) - b s : low <= s <= high},    d_t = lambda_t + M'lambda_t - lambda_{t-1} + U'a_t,
            e = sum_t c.lambda_t - h.a_t + min(0, pi (h_a - h_b)),    C = v_j.lambda_t, - pi for b, + pi for a,
            b = a_tj - sign (the objective) - mu_t (the lead, t > 0), + sum mu (the lead, t = 0),

        where each term is least at an end of a range, or at s = 0. Every number passes at most n = k(R + N + P) + 2R + N + 2P + 2k + 24 roundings on the
        way into the sum, P pairs: 2 n EPS times the sum of the magnitudes exceeds what all of them err by, these included."""
        _, _, w_low, w_high, tau_low, lead = root
        k, R, N, P, B = self.k, self.R, self.N, len(self.a), len(functional)
        lam, slopes, mu, pi = (x.reshape(B, k, -1) for x in np.split(functional, np.cumsum([k * R, k * N, k]), axis=1))
        before, mu = np.roll(lam, 1, axis=1), np.maximum(mu[:, :, 0], 0)
        d = lam - before + lam @ self.M + slopes @ self.U
        d_size = abs(lam) + abs(before) + abs(lam) @ abs(self.M) + abs(slopes) @ abs(self.U)
        e = (lam @ self.c).sum(1) - (slopes @ self.h).sum(1) + np.where(pi > 0, pi * self.shift, 0).sum((1, 2))
        e_size = (abs(lam) @ abs(self.c)).sum(1) + (abs(slopes) @ abs(self.h)).sum(1) + (abs(pi) @ (abs(self.h[self.a]) + abs(self.h[self.b]))).sum(1)
        C, C_size, b, b_size = lam @ self.V.T, abs(lam) @ abs(self.V).T, slopes.copy(), abs(slopes)
        C[:, :, self.b] -= pi
        C[:, :, self.a] += pi
        C_size[:, :, self.b] += abs(pi)
        C_size[:, :, self.a] += 2 * abs(pi)
        if lead >= 0:
            b[:, 1:, lead] -= mu[:, 1:]
            b[:, 0, lead] += mu[:, 1:].sum(1)
            b_size[:, 1:, lead] += mu[:, 1:]
            b_size[:, 0, lead] += mu[:, 1:].sum(1)
        b, b_size, C, C_size = (x.reshape(B, k * N) for x in (b, b_size, C, C_size))
        some = np.flatnonzero(index >= 0)
        b[some, index[some]] -= sign[some]
        b_size[some, index[some]] += 1
        at_low, at_high = np.where(low > 0, C - b, -b) * low, np.where(high > 0, C - b, -b) * high
        least = np.minimum(at_low, at_high)
        least = np.where((low < 0) & (high > 0), np.minimum(least, 0), least)
        d, d_size, far = d.reshape(B, k * R), d_size.reshape(B, k * R), np.maximum(abs(low), abs(high))
        value = np.where(d > 0, d * w_low, d * w_high).sum(1) + least.sum(1) + np.where(e > 0, e * tau_low, e)
        size = (d_size * np.maximum(abs(w_low), abs(w_high))).sum(1) + ((C_size + b_size) * far).sum(1) + e_size
        n = k * (R + N + P) + 2 * R + N + 2 * P + 2 * k + 24
        fit = (abs(lam) <= LARGEST_MULTIPLIER).all((1, 2)) & (abs(pi) <= LARGEST_MULTIPLIER).all((1, 2))
        fit &= (b_size <= LARGEST_MULTIPLIER).all(1) & (far <= LARGEST_RANGE).all(1)
        return np.where(fit, value - (2 * n * EPS * size + TINY), math.nan)


# ---- trees


class Stream:
    """The arrays of a proof, read from the front."""

    def __init__(self, arrays):
        self.arrays, self.at = arrays, dict.fromkeys(arrays, 0)
        forms = {name: (array.dtype.str, array.ndim) for name, array in arrays.items()}
        right = {"ops": ("|u1", 1), "units": ("<u4", 1), "values": ("<f8", 1), "functionals": ("<f8", 1)}
        require(forms == right, "an array is missing or unknown, or has the wrong type or shape")

    def take(self, name, count):
        first, self.at[name] = self.at[name], self.at[name] + count
        require(self.at[name] <= len(self.arrays[name]), f"the proof has too few {name}")
        return self.arrays[name][first : first + count]

    def next(self, name):
        return self.take(name, 1)[0].item()


class Claims:
    """Bounds that are to be shown on boxes of one root, in batches: objectives at least (or, where there is none, 0 more than) values."""

    def __init__(self, orbits, root):
        self.orbits, self.root, self.waiting = orbits, root, []

    def add(self, low, high, functional, index, sign, least):
        if not (low > high).any():  # else the box is empty anyway
            self.waiting.append((low, high, functional, index, sign, least))
        if len(self.waiting) == BATCH:
            self.flush()

    def flush(self):
        if self.waiting:
            low, high, functional, index, sign, least = map(np.array, zip(*self.waiting))
            bound = self.orbits.bound(low, high, functional, index, sign, self.root)
            require(np.where(index >= 0, bound >= least, bound > 0).all(), "a bound is not shown by its functional")
        self.waiting = []


def walk(orbits, root, stream, listed):
    """A tree in preorder, lower parts first: its leaves cover the root's box, and each holds no orbit or a word whose orbits are listed."""
    units, claims, stack = orbits.k * orbits.N, Claims(orbits, root), [(root[0], root[1])]
    while stack:
        low, high = stack.pop()
        orbits.propagate(low, high)
        op = stream.next("ops")
        if op == EMPTY:
            claims.add(low, high, stream.take("functionals", orbits.width), -1, 1.0, 0.0)
        elif op == CROSSED:
            require((low > high).any(), "a node has no crossed range")
        elif op == WORD:
            require(((low >= 0) | (high <= 0)).all(), "a word has a sign that is not decided")
            require(listed(sum(1 << n for n in np.flatnonzero(low >= 0).tolist())), "a word holds an orbit that is not listed")
        else:
            require(op <= BELOW, "an op is unknown")
            n = stream.next("units")
            require(n < units, "a unit is named that is not there")
            if op == SPLIT:
                under, over = high.copy(), low.copy()
                under[n], over[n] = min(high[n], 0.0), max(low[n], 0.0)
                stack += [(over, high.copy()), (low.copy(), under)]
            else:
                sign, value = (1.0 if op == ABOVE else -1.0), stream.next("values")
                claims.add(low.copy(), high.copy(), stream.take("functionals", orbits.width), n, sign, sign * value)
                require(math.isfinite(value), "a bound of a range is no number")
                if op == ABOVE:
                    low[n] = max(low[n], value)
                else:
                    high[n] = min(high[n], value)
                stack.append((low, high))
    claims.flush()


def whole(x, least, most):
    require(type(x) is int and least <= x <= most, "a number of the header is out of range")
    return x


def well_formed(result):
    """Throws unless the lists of all periods, proved or not, hold what they must: k points or k letters for a period k."""

    def natural(x):
        require(type(x) is float and 0 <= x < 2.0**53 and x.is_integer(), "a natural number of the result is none")
        return x

    finite = lambda x: require(all(map(math.isfinite, list_of(x, float))), "a number of the result is not finite")
    naturals = lambda x: list(map(natural, list_of(x, float)))
    for each in list_of(result["periods"], dict):
        require(natural(each["period"]) >= 1, "a period is none")
    for cycle in list_of(result["cycles"], dict):
        require(len(list_of(cycle["points"], dict)) == natural(cycle["period"]) >= 1, "a cycle has more or fewer points than its period")
        for point in cycle["points"]:
            finite(point["z"]), naturals(point["active"]), naturals(point["ties"])
    for each in list_of(result["continua"], dict):
        natural(abs(each["dimension"]) if type(each["dimension"]) is float else None)
        for direction in list_of(each["basis"], list):
            finite(direction)
        for word in list_of(each["words"], list):
            require(len(list_of(word, list)) == natural(each["period"]) >= 1, "a word has more or fewer letters than the period")
            for letter in word:
                naturals(letter)


def check(raw, result, header, arrays, inputs):
    """Throws unless the proof shows of all periods that it names that RESULT lists their cycles. Returns these periods."""
    model, kind = read_model(raw, inputs), raw.get("kind", "shPLRNN")
    require(type(raw.get("name", "")) is str and result["schema"] == "stillpoint/cycles@1" and header["schema"] == "stillpoint/cycles-proof@1", "a file is of another kind")
    require(type(header["model"]) is str and header["model"] == result["model"]["sha256"], "the proof is of another result")
    well_formed(result)
    require(kind != "TLN" and kind[:10] != "continuous", "cycles are of maps, and the model is a flow")
    complete, stream = [each["period"] for each in result["periods"] if each["complete"] is True], Stream(arrays)
    require(len(set(complete)) == len(complete), "a period is reported twice")
    for each in header["periods"]:
        k, lead = whole(each["period"], 1, LONGEST_PERIOD), whole(each["lead"], -1, len(model[2]) - 1)
        require(k in complete, f"the result does not say that period {k} is complete")
        exponents = [whole(e, -MOST_EXPONENT, MOST_EXPONENT) for e in each["exponents"]]
        require(len(exponents) == len(model[0]), "there must be an exponent for each coordinate")
        orbits, words = Orbits(model, exponents, k), Words(model, k, result)
        for root in orbits.roots(lead):
            walk(orbits, root, stream, words.listed)
    require(all(stream.at[name] == len(array) for name, array in stream.arrays.items()), "something is left over")
    periods = [each["period"] for each in header["periods"]]
    require(periods and len(set(periods)) == len(periods), "no period is named, or one twice")
    return periods, [int(k) for k in complete if k not in periods]


def main(args):
    """0: all periods that RESULT calls complete are proved; 3: those that PROOF names are, and others are not; 1: refused."""
    if len(args) < 3:
        sys.exit(__doc__.splitlines()[0])
    try:
        inputs, model, result = {int(key[1:]): float(x) for key, x in (arg.split("=") for arg in args[3:])}, record(args[0]), record(args[1])
        with np.errstate(all="ignore"):
            periods, others = check(model, result, *read_proof(args[2]), inputs)
    except Exception as problem:  # Refused; and whatever is malformed is refused, too
        print(f"refused: {problem if type(problem) is Refused else f'malformed ({problem!r})'}")
        return 1
    named = lambda numbers: f"period{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"
    counts = [sum(each["period"] in periods for each in result[name]) for name in ("cycles", "continua")]
    print(f"accepted: {counts[0]} cycles and {counts[1]} continua of {named(periods)}, and there are no others")
    if others:
        print(f"not proved: {named(others)}")
    return 3 if others else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
