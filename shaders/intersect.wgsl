// Stage 1: for each subset of a batch, the signs of all hyperplanes at its point. The twin is src/cpu/intersect.ts.
//
// arrangement holds for each model c_1 … c_ρ (RHO×RHO), then for each hyperplane a row of PLANE_STRIDE numbers:
// u (RHO), h, bound on |u|, error of h, δ, 1 if h is exactly 0, direction.

const OFFSET = RHO;
const NORM = RHO + 1u;
const OFFSET_ERROR = RHO + 2u;
const DELTA = RHO + 3u;
const CENTRED = RHO + 4u;
const DIRECTION = RHO + 5u;

var<private> subset: array<u32, RHO>;
var<private> point: array<f32, RHO>;

// 64-bit ranks as (low, high) words
fn rank_less(a: vec2u, b: vec2u) -> bool {
  return a.y < b.y || (a.y == b.y && a.x < b.x);
}

fn rank_minus(a: vec2u, b: vec2u) -> vec2u {
  return vec2u(a.x - b.x, a.y - b.y - select(0u, 1u, a.x < b.x));
}

fn rank_plus(a: vec2u, b: u32) -> vec2u {
  let low = a.x + b;
  return vec2u(low, a.y + select(0u, 1u, low < b));
}

/// The segment that holds an item: the last segment whose first item is not after the item.
fn segment_of(item: u32) -> u32 {
  var low = 0u;
  var high = layout.$.params.segments;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (layout.$.segments[middle].firstItem <= item) { low = middle; } else { high = middle; }
  }
  return low;
}

fn binomial(m: u32, r: u32) -> vec2u {
  return layout.$.binomials[m * (RHO + 1u) + r];
}

/// The k-subset of {0 … n−1} of a lexicographic rank.
///
/// Of the subsets that begin at first or above, C(n − first, r) − C(n − f, r) begin below f. A search finds the largest
/// f for which this number is at most rest. Binomials past 2^64 are stored as 2^64 − 1, which is above every rank;
/// there f is found step by step.
fn unrank(n: u32, k: u32, rank: vec2u) {
  var rest = rank;
  var first = 0u;
  /* unroll */ for (var i = 0u; i < RHO; i++) {
    if (i < k) {
      let r = k - i;
      var above = binomial(n - first, r);
      while (above.x == NONE && above.y == NONE) {
        let block = binomial(n - first - 1u, r - 1u);
        if (rank_less(rest, block)) { break; }
        rest = rank_minus(rest, block);
        first++;
        above = binomial(n - first, r);
      }
      if (above.x != NONE || above.y != NONE) {
        let least = rank_minus(above, rest);
        var low = first;
        var high = n - r + 1u;
        while (high - low > 1u) {
          let middle = (low + high) / 2u;
          if (rank_less(binomial(n - middle, r), least)) { high = middle; } else { low = middle; }
        }
        rest = rank_minus(rest, rank_minus(above, binomial(n - low, r)));
        first = low;
      }
      subset[i] = first;
      first++;
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn intersect(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let item = id.x + id.y * groups.x * WORKGROUP;
  if (item >= layout.$.params.items) { return; }
  let segment = layout.$.segments[segment_of(item)];
  let model = layout.$.models[segment.model];
  let n = model.count;
  let k = segment.size;
  let directions = model.arrangement;
  let planes = directions + RHO * RHO;
  unrank(n, k, rank_plus(segment.firstRank, item - segment.firstItem));

  let record = item * ITEM_STRIDE;
  layout.$.items[record + 1u] = segment.model;
  /* unroll */ for (var t = 0u; t < RHO; t++) {
    let own = t < k;
    layout.$.items[record + 2u + t] = select(NONE, subset[t], own);
    let row = select(directions + (t - k) * RHO, planes + subset[t] * PLANE_STRIDE, own);
    /* unroll */ for (var c = 0u; c < RHO; c++) { B[t * RHO + c] = layout.$.arrangement[row + c]; }
  }
  let status = decide(item, n, k, directions, planes);
  layout.$.items[record] = status;
  // what expand would hand over gets a second look, as far as there is room for it
  if (layout.$.params.openItemCapacity != 0u && is_open(item, status)) {
    let at = atomicAdd(&layout.$.openItems[0], 1u);
    if (at < layout.$.params.openItemCapacity) { atomicStore(&layout.$.openItems[at + 1u], item); }
  }
}

fn is_open(item: u32, status: u32) -> bool {
  if ((status & STATUS) != OK) { return (status & STATUS) == ESCALATE; }
  var count = 0u;
  for (var w = 0u; w < WORDS; w++) { count += countOneBits(layout.$.undecided[item * WORDS + w]); }
  return count > layout.$.params.maxUndecided;
}

/// Leaves every sign of an item undecided.
fn leave_signs(item: u32, n: u32) {
  for (var w = 0u; w < WORDS; w++) {
    let bits = clamp(i32(n) - 32 * i32(w), 0, 32);
    layout.$.positive[item * WORDS + w] = 0u;
    layout.$.undecided[item * WORDS + w] = select((1u << u32(bits & 31)) - 1u, 0xffffffffu, bits == 32);
  }
}

/// Signs of one item; returns its status, with PERTURBED where a tie was broken by the perturbation.
fn decide(item: u32, n: u32, k: u32, directions: u32, planes: u32) -> u32 {
  if (!approximate_inverse()) {
    leave_signs(item, n);
    return singular(k, planes);
  }
  let sums = defect_sums();
  let q = defect_bound(sums.x, sums.y);
  if (!(q < LARGEST_DEFECT)) {
    leave_signs(item, n);
    return singular(k, planes);
  }

  let vertex = k == RHO;
  var size = 0.0;
  var spread = 0.0;
  /* unroll */ for (var i = 0u; i < RHO; i++) {
    var sum = 0.0;
    var absolute = 0.0;
    if (vertex) {
      /* unroll */ for (var t = 0u; t < RHO; t++) {
        let term = X[i * RHO + t] * layout.$.arrangement[planes + subset[t] * PLANE_STRIDE + OFFSET];
        sum += term;
        absolute += abs(term);
      }
    } else {
      sum = -X[i * RHO + RHO - 1u];
    }
    point[i] = sum;
    size = max(size, abs(sum));
    spread = max(spread, absolute);
  }
  let error = point_error(q, size, GAMMA_POINT * spread);
  if (error < 0.0) {
    leave_signs(item, n);
    return ESCALATE;
  }
  let offsets = select(0.0, 1.0, vertex);
  for (var w = 0u; w < WORDS; w++) { evaluate_signs(item, w, n, planes, offsets, error); }

  var flags = OK;
  if (vertex && is_centred(planes)) {
    if (!break_central_ties(item, n, planes, q)) { return ESCALATE; }
    flags |= PERTURBED;
  }
  if (layout.$.params.branch != 0u) {
    /* unroll */ for (var t = 0u; t < RHO; t++) { set_bit(item, subset[t], false, false); }
  } else if (!own_bits(item, k, directions, q)) {
    return ESCALATE;
  }
  return flags;
}

/// The status of an item whose matrix is not surely regular: dependent if two of its hyperplanes are parallel.
fn singular(k: u32, planes: u32) -> u32 {
  for (var s = 1u; s < k; s++) {
    let direction = layout.$.arrangement[planes + subset[s] * PLANE_STRIDE + DIRECTION];
    for (var t = 0u; t < s; t++) {
      if (direction == layout.$.arrangement[planes + subset[t] * PLANE_STRIDE + DIRECTION]) { return DEPENDENT; }
    }
  }
  return ESCALATE;
}

/// Signs of u_j·point − offsets·h_j for the 32 hyperplanes of one word.
fn evaluate_signs(item: u32, w: u32, n: u32, planes: u32, offsets: f32, error: f32) {
  var above = 0u;
  var doubtful = 0u;
  let first = w * 32u;
  let last = min(n, first + 32u);
  for (var j = first; j < last; j++) {
    let row = planes + j * PLANE_STRIDE;
    var s = -offsets * layout.$.arrangement[row + OFFSET];
    /* unroll */ for (var c = 0u; c < RHO; c++) { s += layout.$.arrangement[row + c] * point[c]; }
    let bound = layout.$.arrangement[row + NORM] * error + offsets * layout.$.arrangement[row + OFFSET_ERROR] + TINY;
    above |= select(0u, 1u, s > 0.0) << (j & 31u);
    doubtful |= select(1u, 0u, abs(s) > bound) << (j & 31u);
  }
  layout.$.positive[item * WORDS + w] = above;
  layout.$.undecided[item * WORDS + w] = doubtful;
}

fn set_bit(item: u32, j: u32, above: bool, doubtful: bool) {
  let at = item * WORDS + (j >> 5u);
  let bit = 1u << (j & 31u);
  layout.$.positive[at] = (layout.$.positive[at] & ~bit) | select(0u, bit, above);
  layout.$.undecided[at] = (layout.$.undecided[at] & ~bit) | select(0u, bit, doubtful);
}

fn is_centred(planes: u32) -> bool {
  /* unroll */ for (var t = 0u; t < RHO; t++) {
    if (layout.$.arrangement[planes + subset[t] * PLANE_STRIDE + CENTRED] == 0.0) { return false; }
  }
  return true;
}

/// The vertex is exactly 0 and every other h_j = 0 ties there: the sign of u_j·z¹ − δ_j, z¹ = B⁻¹δ_T, decides.
fn break_central_ties(item: u32, n: u32, planes: u32, q: f32) -> bool {
  var size = 0.0;
  var spread = 0.0;
  /* unroll */ for (var i = 0u; i < RHO; i++) {
    var sum = 0.0;
    var absolute = 0.0;
    /* unroll */ for (var t = 0u; t < RHO; t++) {
      let term = X[i * RHO + t] * layout.$.arrangement[planes + subset[t] * PLANE_STRIDE + DELTA];
      sum += term;
      absolute += abs(term);
    }
    point[i] = sum;
    size = max(size, abs(sum));
    spread = max(spread, absolute);
  }
  let error = point_error(q, size, GAMMA_POINT * spread);
  if (error < 0.0) { return false; }
  for (var j = 0u; j < n; j++) {
    let row = planes + j * PLANE_STRIDE;
    if (layout.$.arrangement[row + CENTRED] == 0.0) { continue; }
    var s = -layout.$.arrangement[row + DELTA];
    /* unroll */ for (var c = 0u; c < RHO; c++) { s += layout.$.arrangement[row + c] * point[c]; }
    // the error of δ_j < 1 is less than γ
    set_bit(item, j, s > 0.0, !(abs(s) > layout.$.arrangement[row + NORM] * error + GAMMA_POINT * SLACK));
  }
  return true;
}

/// Hyperplane t of the subset has its bit set iff (B⁻ᵀ c_{ρ−k+1})_t > 0; false if a sign is not decided.
fn own_bits(item: u32, k: u32, directions: u32, q: f32) -> bool {
  let error = (q / (1.0 - q) + GAMMA_POINT) * SLACK;
  let c = directions + (RHO - k) * RHO;
  /* unroll */ for (var t = 0u; t < RHO; t++) {
    if (t < k) {
      var sum = 0.0;
      var absolute = 0.0;
      /* unroll */ for (var i = 0u; i < RHO; i++) {
        sum += X[i * RHO + t] * layout.$.arrangement[c + i];
        absolute += abs(X[i * RHO + t]);
      }
      if (!(abs(sum) > absolute * error + TINY)) { return false; }
      set_bit(item, subset[t], sum > 0.0, false);
    }
  }
  return true;
}
