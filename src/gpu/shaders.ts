// Generated from shaders/*.wgsl by scripts/embed-shaders.ts; do not edit.

export const shaders = {
  boxes: `// The box filter: finds boxes that surely hold no zero of G. Each thread takes a box and decides all its units. The
// twin is src/cpu/filter-boxes.ts. The bounds and their proof are in src/float/boxes.ts.
//
// rows holds for each unit u (R), v (R), b0, b1, K. base holds M (R×R), k (R), the errors that these add (R×R and R),
// and the factors for the errors of units and of spreads. A row of boxes is a centre (R) and half-widths (R). A row of
// results is a verdict, the number of undecided units, the nearness and the spread (R).

const SQUARE = R * R;
const CONSTANT = SQUARE;
const MATRIX_ERROR = SQUARE + R;
const CONSTANT_ERROR = 2u * SQUARE + R;
const UNIT_ERROR = 2u * SQUARE + 2u * R;
const SPREAD_ERROR = UNIT_ERROR + 1u;
const UNIT_STRIDE = 2u * R + 3u;

const FAILED = 0u;
const ZERO = 1u;
const FOUND = 2u;

var<private> c: array<f32, R>;
var<private> r: array<f32, R>;
// sums that only find a functional: their rounding errors do not matter to the proof
var<private> A: array<f32, SQUARE>;
var<private> G: array<f32, R>;
var<private> W: array<f32, SQUARE>;
var<private> y: array<f32, R>;
var<private> spread_of: array<f32, R>;
// sums of t·value, t·slope·u, |t|·width and T·m over all units, and over the units of one block
var<private> value: f32;
var<private> block_value: f32;
var<private> slopes: array<f32, R>;
var<private> block_slopes: array<f32, R>;
var<private> width: f32;
var<private> magnitude: f32;

struct Band { slope: f32, value: f32, width: f32, magnitude: f32, open: bool }

@compute @workgroup_size(WORKGROUP)
fn filter_boxes(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * WORKGROUP;
  let units = layout.$.params.units;
  if (i >= layout.$.params.boxes) { return; }
  /* unroll */ for (var k = 0u; k < R; k++) {
    c[k] = layout.$.boxes[2u * R * i + k];
    r[k] = layout.$.boxes[2u * R * i + R + k];
  }
  var undecided = 0u;
  for (var j = 0u; j < units; j++) {
    if (add_unit(j * UNIT_STRIDE)) { undecided++; }
  }
  // without a functional float32 decides nothing more
  var verdict = BLURRED;
  var nearness = 1.0;
  let found = find_functional();
  if (found == ZERO) { verdict = 0u; }
  if (found == FOUND) {
    for (var first = 0u; first < units; first += BLOCK) {
      let last = min(first + BLOCK, units);
      for (var j = first; j < last; j++) { add_along(j * UNIT_STRIDE); }
      end_block();
    }
    // the part of M and k is summed separately: each further sum adds a rounding to all its terms
    var spread = width;
    var error = layout.$.base[UNIT_ERROR] * magnitude;
    var rest = 0.0;
    /* unroll */ for (var k = 0u; k < R; k++) {
      var size = layout.$.base[CONSTANT_ERROR + k];
      /* unroll */ for (var n = 0u; n < R; n++) { size += layout.$.base[MATRIX_ERROR + k * R + n] * (abs(c[n]) + r[n]); }
      error += abs(y[k]) * size;
      rest += y[k] * layout.$.base[CONSTANT + k];
    }
    /* unroll */ for (var n = 0u; n < R; n++) {
      var slope = 0.0;
      /* unroll */ for (var k = 0u; k < R; k++) { slope += y[k] * layout.$.base[k * R + n]; }
      rest += slope * c[n];
      spread += abs(slopes[n] + hidden(slope)) * r[n];
    }
    value += hidden(rest);
    error = (error + layout.$.base[SPREAD_ERROR] * spread) * SLACK;
    nearness = abs(value) / (spread + error);
    verdict = select(0u, EMPTY, abs(value) > spread + error) | select(0u, BLURRED, error > BLUR * spread);
  }

  let to = i * (R + 3u);
  layout.$.results[to] = verdict;
  layout.$.results[to + 1u] = undecided;
  layout.$.results[to + 2u] = bitcast<u32>(nearness);
  /* unroll */ for (var k = 0u; k < R; k++) { layout.$.results[to + 3u + k] = bitcast<u32>(spread_of[k]); }
}

/// The narrowest band between parallel lines round φ on the box, as in src/search/units/simple-units.ts; open if φ has more
/// than one piece there.
fn band_of(row: u32) -> Band {
  var x = 0.0;
  var p = 0.0;
  var size = 0.0;
  /* unroll */ for (var k = 0u; k < R; k++) {
    let u = layout.$.rows[row + k];
    x += u * c[k];
    p += abs(u) * r[k];
    size += abs(u) * (abs(c[k]) + r[k]);
  }
  let b0 = layout.$.rows[row + 2u * R];
  let b1 = layout.$.rows[row + 2u * R + 1u];
  let kinks = layout.$.rows[row + 2u * R + 2u];
  p += PROJECTION * size + KINK * kinks;
  let low = x - p;
  let high = x + p;
  let bottom = min(max(low, b0), b1);
  let top = max(min(high, b1), b0);
  let middle = top - bottom;
  let outside = max(bottom - low, high - top);
  let slope = middle / max(middle + outside, TINY);
  let half = 0.5 * (slope * outside);
  let at_centre = (bottom - b0) + (slope * (x - bottom) + half);
  let large = ((bottom - b0) + slope * size) + (half + select(0.0, kinks, high > b0));
  return Band(slope, at_centre, half, large, (low < b0 && high > b0) || (low < b1 && high > b1));
}

/// Adds a unit to the sums; true if it is undecided.
fn add_unit(row: u32) -> bool {
  let band = band_of(row);
  var weight = 0.0;
  /* unroll */ for (var i = 0u; i < R; i++) {
    let v = layout.$.rows[row + R + i];
    let t = v * band.slope;
    let w = v * band.width;
    weight += abs(w);
    G[i] += v * band.value;
    /* unroll */ for (var n = 0u; n < R; n++) { A[i * R + n] += t * layout.$.rows[row + n]; }
    /* unroll */ for (var n = 0u; n < i + 1u; n++) { W[i * R + n] += w * (layout.$.rows[row + R + n] * band.width); }
  }
  /* unroll */ for (var k = 0u; k < R; k++) { spread_of[k] += weight * abs(layout.$.rows[row + k]); }
  return band.open;
}

/// y = W⁻¹Ĝ, scaled to a largest component of 1, for W = RIDGE·Σ w² v vᵀ + Â diag(r²) Âᵀ with its diagonal scaled to 1,
/// except for rows of zeros. Returns FOUND, ZERO if Ĝ is 0, or FAILED. The proof holds for every y.
fn find_functional() -> u32 {
  /* unroll */ for (var i = 0u; i < R; i++) {
    G[i] += layout.$.base[CONSTANT + i];
    /* unroll */ for (var n = 0u; n < R; n++) {
      A[i * R + n] += layout.$.base[i * R + n];
      G[i] += layout.$.base[i * R + n] * c[n];
    }
  }
  var scale: array<f32, R>;
  /* unroll */ for (var i = 0u; i < R; i++) {
    /* unroll */ for (var n = 0u; n < i + 1u; n++) {
      var sum = RIDGE * W[i * R + n];
      /* unroll */ for (var a = 0u; a < R; a++) { sum += (A[i * R + a] * r[a]) * (A[n * R + a] * r[a]); }
      W[i * R + n] = sum;
    }
    scale[i] = 0.0;
    if (W[i * R + i] >= SMALLEST_ROW) { scale[i] = 1.0 / sqrt(W[i * R + i]); }
  }
  /* unroll */ for (var i = 0u; i < R; i++) {
    /* unroll */ for (var n = 0u; n < i; n++) { W[i * R + n] = (W[i * R + n] * scale[i]) * scale[n]; }
    W[i * R + i] = 1.0 + REGULARISER;
  }
  // L of W = L Lᵀ below the diagonal, which keeps 1/l
  /* unroll */ for (var k = 0u; k < R; k++) {
    var pivot = W[k * R + k];
    /* unroll */ for (var n = 0u; n < k; n++) { pivot -= W[k * R + n] * W[k * R + n]; }
    if (!(pivot >= 0.25 * REGULARISER)) { return FAILED; }
    let inverse = 1.0 / sqrt(pivot);
    W[k * R + k] = inverse;
    /* unroll */ for (var i = k + 1u; i < R; i++) {
      var sum = W[i * R + k];
      /* unroll */ for (var n = 0u; n < k; n++) { sum -= W[i * R + n] * W[k * R + n]; }
      W[i * R + k] = sum * inverse;
    }
  }
  /* unroll */ for (var i = 0u; i < R; i++) {
    var sum = G[i] * scale[i];
    /* unroll */ for (var n = 0u; n < i; n++) { sum -= W[i * R + n] * y[n]; }
    y[i] = sum * W[i * R + i];
    if (!(abs(y[i]) <= LARGEST_FUNCTIONAL)) { return FAILED; }
  }
  /* unroll */ for (var back = 0u; back < R; back++) {
    var sum = y[R - 1u - back];
    /* unroll */ for (var n = R - back; n < R; n++) { sum -= W[n * R + (R - 1u - back)] * y[n]; }
    y[R - 1u - back] = sum * W[SQUARE - 1u - back * (R + 1u)];
    if (!(abs(y[R - 1u - back]) <= LARGEST_FUNCTIONAL)) { return FAILED; }
  }
  var largest = 0.0;
  /* unroll */ for (var i = 0u; i < R; i++) {
    y[i] *= scale[i];
    largest = max(largest, abs(y[i]));
  }
  if (!(largest >= SMALLEST_ROW)) { return ZERO; }
  /* unroll */ for (var i = 0u; i < R; i++) { y[i] /= largest; }
  return FOUND;
}

/// Adds a unit's part of y·G to the block's sums.
fn add_along(row: u32) {
  let band = band_of(row);
  var t = 0.0;
  var size = 0.0;
  /* unroll */ for (var i = 0u; i < R; i++) {
    let one = y[i] * layout.$.rows[row + R + i];
    t += one;
    size += abs(one);
  }
  block_value += t * band.value;
  width += abs(t) * band.width;
  magnitude += size * band.magnitude;
  let slope = t * band.slope;
  /* unroll */ for (var n = 0u; n < R; n++) { block_slopes[n] += slope * layout.$.rows[row + n]; }
}

/// Adds a block's sums to those of all units.
fn end_block() {
  value += hidden(block_value);
  block_value = 0.0;
  /* unroll */ for (var n = 0u; n < R; n++) {
    slopes[n] += hidden(block_slopes[n]);
    block_slopes[n] = 0.0;
  }
}

/// x, in a form that no compiler can simplify, so that the sums before and after it stay separate.
fn hidden(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ layout.$.params.zero);
}
`,
  dedup: `// Stage 3: unique masks, in two dispatches over the records that expand wrote. The twin is src/cpu/dedup.ts.
//
// A slot of the table holds 0 (empty), 1 + the index of a record of unique from an earlier batch, or IN_BATCH | the
// index of a record of masks. The keys themselves were written by earlier dispatches, so threads race only for a
// compare-exchange of the index. A probe that takes too long gives up: the mask then counts as unique, which costs a
// solve and loses nothing.

const MASK_KEY = WORDS + 1u;

fn records() -> u32 {
  let extra = min(atomicLoad(&layout.$.counters.extra), layout.$.params.extraCapacity);
  return layout.$.params.items * layout.$.params.home + extra;
}

/// murmur3's mixing over the words of the key: the mask and its model.
fn hash_of(record: u32) -> u32 {
  var hash = 0x9747b28cu;
  for (var w = 0u; w < MASK_KEY; w++) {
    var k = layout.$.masks[record + w] * 0xcc9e2d51u;
    k = ((k << 15u) | (k >> 17u)) * 0x1b873593u;
    hash ^= k;
    hash = ((hash << 13u) | (hash >> 19u)) * 5u + 0xe6546b64u;
  }
  hash ^= hash >> 16u;
  hash *= 0x85ebca6bu;
  hash ^= hash >> 13u;
  hash *= 0xc2b2ae35u;
  return hash ^ (hash >> 16u);
}

fn same_key(entry: u32, record: u32) -> bool {
  if ((entry & IN_BATCH) != 0u) {
    let other = (entry & ~IN_BATCH) * MASK_STRIDE;
    for (var w = 0u; w < MASK_KEY; w++) {
      if (layout.$.masks[other + w] != layout.$.masks[record + w]) { return false; }
    }
    return true;
  }
  let other = (entry - 1u) * MASK_STRIDE;
  for (var w = 0u; w < MASK_KEY; w++) {
    if (layout.$.unique[other + w] != layout.$.masks[record + w]) { return false; }
  }
  return true;
}

/// First dispatch: each record finds a free slot, finds an equal mask, or gives up; winners keeps the outcome.
@compute @workgroup_size(WORKGROUP)
fn dedup(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * WORKGROUP;
  if (i >= records()) { return; }
  let record = i * MASK_STRIDE;
  let model = layout.$.masks[record + WORDS];
  if (model == NONE) {
    layout.$.winners[i] = LOST;
    return;
  }
  var slot = hash_of(record) & layout.$.params.slotMask;
  for (var probe = 0u; probe < layout.$.params.maxProbes; probe++) {
    var entry = atomicLoad(&layout.$.slots[slot]);
    if (entry == 0u) {
      let exchange = atomicCompareExchangeWeak(&layout.$.slots[slot], 0u, IN_BATCH | i);
      if (exchange.exchanged) {
        layout.$.winners[i] = slot;
        return;
      }
      entry = exchange.old_value;
      // a weak exchange may fail spuriously: try the same slot again
      if (entry == 0u) { continue; }
    }
    if (same_key(entry, record)) {
      layout.$.winners[i] = LOST;
      atomicAdd(&layout.$.tallies[model].duplicates, 1u);
      return;
    }
    slot = (slot + 1u) & layout.$.params.slotMask;
  }
  layout.$.winners[i] = NO_SLOT;
  atomicAdd(&layout.$.counters.forgotten, 1u);
}

/// Second dispatch: the winners' records become unique from base on. The table keeps them or is restored.
@compute @workgroup_size(WORKGROUP)
fn compact(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * WORKGROUP;
  if (i >= records()) { return; }
  let slot = layout.$.winners[i];
  if (slot == LOST) { return; }
  let to = layout.$.params.base + atomicAdd(&layout.$.counters.unique, 1u);
  for (var w = 0u; w < MASK_STRIDE; w++) { layout.$.unique[to * MASK_STRIDE + w] = layout.$.masks[i * MASK_STRIDE + w]; }
  if (slot != NO_SLOT) { atomicStore(&layout.$.slots[slot], select(0u, to + 1u, layout.$.params.remember != 0u)); }
}
`,
  expand: `// Stage 2: the masks of each item. The twin is src/cpu/expand.ts.
//
// A mask record is WORDS words, the model, and a tag: the item with BRANCHED and PERTURBED. The masks of an item stand
// in its own home records (1, or 2^ρ in branch mode), from home·item on. If u bits are undecided, the other 2^u − 1
// settings go behind the records of all items.

@compute @workgroup_size(WORKGROUP)
fn expand(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let home = layout.$.params.home;
  let slot = id.x + id.y * groups.x * WORKGROUP;
  if (slot >= layout.$.params.items * home) { return; }
  let item = slot / home;
  let setting = slot % home;
  let record = item * ITEM_STRIDE;
  let flags = atomicLoad(&layout.$.items[record]);
  let model = atomicLoad(&layout.$.items[record + 1u]);
  let status = flags & STATUS;

  var free = 0u;
  if (status == OK) {
    for (var w = 0u; w < WORDS; w++) { free += countOneBits(layout.$.undecided[item * WORDS + w]); }
  }
  if (status != OK || free > layout.$.params.maxUndecided) {
    layout.$.masks[slot * MASK_STRIDE + WORDS] = NONE;
    if (setting != 0u) { return; }
    if (status == DEPENDENT) { atomicAdd(&layout.$.tallies[model].dependent, 1u); } else { escalate(item); }
    return;
  }

  let tag = item | select(0u, TAG_PERTURBED, (flags & PERTURBED) != 0u) | select(0u, TAG_BRANCHED, free != 0u);
  write_mask(slot, item, setting, 0u, model, tag);
  let others = (1u << free) - 1u;
  if (others == 0u) { return; }
  let first = atomicAdd(&layout.$.counters.extra, others);
  if (first > layout.$.params.extraCapacity || others > layout.$.params.extraCapacity - first) {
    discard_extra(first, others);
    escalate(item);
    return;
  }
  atomicAdd(&layout.$.tallies[model].extra, others);
  let base = layout.$.params.items * home + first;
  for (var other = 1u; other <= others; other++) { write_mask(base + other - 1u, item, setting, other, model, tag); }
}

/// Hands an item to the CPU, once.
fn escalate(item: u32) {
  let record = item * ITEM_STRIDE;
  if (atomicOr(&layout.$.items[record], ESCALATED) >= ESCALATED) { return; }
  let to = atomicAdd(&layout.$.counters.escalated, 1u) * (RHO + 1u);
  for (var t = 0u; t <= RHO; t++) { layout.$.escalated[to + t] = atomicLoad(&layout.$.items[record + 1u + t]); }
}

/// Marks records as empty that were counted but not written, because the room behind the homes was full.
fn discard_extra(first: u32, others: u32) {
  let base = layout.$.params.items * layout.$.params.home;
  for (var at = first; at < min(first + others, layout.$.params.extraCapacity); at++) {
    layout.$.masks[(base + at) * MASK_STRIDE + WORDS] = NONE;
  }
}

/// @param setting values of the subset's own bits, in branch mode. @param other values of the undecided bits.
fn write_mask(slot: u32, item: u32, setting: u32, other: u32, model: u32, tag: u32) {
  let to = slot * MASK_STRIDE;
  var used = 0u;
  for (var w = 0u; w < WORDS; w++) {
    var rest = layout.$.undecided[item * WORDS + w];
    var word = layout.$.positive[item * WORDS + w] & ~rest;
    while (rest != 0u) {
      word |= select(0u, rest & (~rest + 1u), ((other >> used) & 1u) != 0u);
      rest &= rest - 1u;
      used++;
    }
    layout.$.masks[to + w] = word;
  }
  if (layout.$.params.branch != 0u) {
    for (var t = 0u; t < RHO; t++) {
      let j = atomicLoad(&layout.$.items[item * ITEM_STRIDE + 2u + t]);
      let at = to + (j >> 5u);
      let bit = 1u << (j & 31u);
      layout.$.masks[at] = (layout.$.masks[at] & ~bit) | select(0u, bit, ((setting >> t) & 1u) != 0u);
    }
  }
  layout.$.masks[to + WORDS] = model;
  layout.$.masks[to + WORDS + 1u] = tag;
}
`,
  intersect: `// Stage 1: for each subset of a batch, the signs of all hyperplanes at its point. The twin is src/cpu/intersect.ts.
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
  layout.$.items[record] = decide(item, n, k, directions, planes);
}

/// Signs of one item; returns its status, with PERTURBED where a tie was broken by the perturbation.
fn decide(item: u32, n: u32, k: u32, directions: u32, planes: u32) -> u32 {
  if (!approximate_inverse()) { return singular(k, planes); }
  let sums = defect_sums();
  let q = defect_bound(sums.x, sums.y);
  if (!(q < LARGEST_DEFECT)) { return singular(k, planes); }

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
  if (error < 0.0) { return ESCALATE; }
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
`,
  inverse: `// Shared by intersect and solve: X ≈ B⁻¹ with a bound on ‖I − XB‖. The twin is src/float/inverse.ts.
//
// WGSL need not have Inf and NaN, so no result may overflow: limit bounds every number of the elimination, by finite
// comparisons.

const SQUARE = DIM * DIM;

// DIM×DIM row-major.
var<private> B: array<f32, SQUARE>;
var<private> X: array<f32, SQUARE>;

/// X ≈ B⁻¹ by Gauss–Jordan elimination with partial pivoting; false if a pivot is too small or a number too large.
fn approximate_inverse() -> bool {
  var work = B;
  var limit = 1.0;
  /* unroll */ for (var i = 0u; i < SQUARE; i++) {
    X[i] = 0.0;
    limit = max(limit, abs(work[i]));
  }
  /* unroll */ for (var i = 0u; i < DIM; i++) { X[i * DIM + i] = 1.0; }

  /* unroll */ for (var c = 0u; c < DIM; c++) {
    // exchanges move the largest entry of the column up, so that all indices are constants once the loops are unrolled
    /* unroll */ for (var i = c + 1u; i < DIM; i++) {
      if (abs(work[i * DIM + c]) > abs(work[c * DIM + c])) {
        /* unroll */ for (var k = 0u; k < DIM; k++) {
          let b = work[c * DIM + k];
          work[c * DIM + k] = work[i * DIM + k];
          work[i * DIM + k] = b;
          let x = X[c * DIM + k];
          X[c * DIM + k] = X[i * DIM + k];
          X[i * DIM + k] = x;
        }
      }
    }
    let pivot = work[c * DIM + c];
    if (!(abs(pivot) >= SMALLEST_PIVOT)) { return false; }
    let scale = 1.0 / pivot;
    var row_largest = 0.0;
    var factor_largest = 0.0;
    /* unroll */ for (var k = 0u; k < DIM; k++) {
      work[c * DIM + k] *= scale;
      X[c * DIM + k] *= scale;
      row_largest = max(row_largest, max(abs(work[c * DIM + k]), abs(X[c * DIM + k])));
      if (k != c) { factor_largest = max(factor_largest, abs(work[k * DIM + c])); }
    }
    if (!(row_largest <= LARGEST_INVERSE)) { return false; }
    limit = max(limit, row_largest) + factor_largest * row_largest;
    if (!(limit <= LARGEST_INVERSE)) { return false; }
    /* unroll */ for (var i = 0u; i < DIM; i++) {
      if (i != c) {
        let factor = work[i * DIM + c];
        /* unroll */ for (var k = 0u; k < DIM; k++) {
          work[i * DIM + k] -= factor * work[c * DIM + k];
          X[i * DIM + k] -= factor * X[c * DIM + k];
        }
      }
    }
  }
  return true;
}

/// Sums over all entries of I − XB, as computed: |Σ X B − δ| and δ + Σ|X B|.
fn defect_sums() -> vec2f {
  var residual = 0.0;
  var magnitude = 0.0;
  /* unroll */ for (var i = 0u; i < DIM; i++) {
    /* unroll */ for (var j = 0u; j < DIM; j++) {
      var sum = select(0.0, -1.0, i == j);
      magnitude += select(0.0, 1.0, i == j);
      /* unroll */ for (var k = 0u; k < DIM; k++) {
        let product = X[i * DIM + k] * B[k * DIM + j];
        sum += product;
        magnitude += abs(product);
      }
      residual += abs(sum);
    }
  }
  return vec2f(residual, magnitude);
}

/// The bound q of src/float/inverse.ts from the sums of both parts, residual with the spread of entry errors in it.
fn defect_bound(residual: f32, magnitude: f32) -> f32 {
  return (residual + GAMMA_DEFECT * magnitude + f32(SQUARE) * TINY) * SLACK;
}

/// Error of each component of a point X·rhs, from the largest component and the largest spread of the sum; negative if
/// the bound does not hold.
fn point_error(q: f32, size: f32, spread: f32) -> f32 {
  if (!(size <= HUGE && spread <= HUGE)) { return -1.0; }
  return ((q * size + spread) / (1.0 - q) + GAMMA_POINT * size) * SLACK + TINY;
}
`,
  selftest: `// Start-up check of the arithmetic that the error bounds of the stages assume; judged in src/gpu/self-test.ts.
//
// For each pair (x, y) it writes TEST_RESULTS numbers: x + y, x − y, x·y, x / y, the sum of TERMS products x_i·y_i from
// this pair on, and as an integer the comparisons x < y, x <= y, |x| > |y| as three bits.

@compute @workgroup_size(WORKGROUP)
fn selftest(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let count = arrayLength(&layout.$.pairs);
  if (i >= count) { return; }
  let x = layout.$.pairs[i].x;
  let y = layout.$.pairs[i].y;
  var sum = 0.0;
  for (var t = 0u; t < TERMS; t++) {
    let pair = layout.$.pairs[(i + t) % count];
    sum += pair.x * pair.y;
  }
  let to = i * TEST_RESULTS;
  layout.$.results[to] = bitcast<u32>(x + y);
  layout.$.results[to + 1u] = bitcast<u32>(x - y);
  layout.$.results[to + 2u] = bitcast<u32>(x * y);
  layout.$.results[to + 3u] = bitcast<u32>(x / y);
  layout.$.results[to + 4u] = bitcast<u32>(sum);
  layout.$.results[to + 5u] = select(0u, 1u, x < y) | select(0u, 2u, x <= y) | select(0u, 4u, abs(x) > abs(y));
}
`,
  solve: `// Stage 4: the candidate of each unique mask, (M + VᵀDU) z = VᵀDh + g, and its verdict. The twin is src/cpu/solve.ts.
//
// regions holds for each model M (R×R), the error of M + VᵀDU (R×R), g (R), the error of VᵀDh + g (R), then for each
// hyperplane a row of UNIT_STRIDE numbers: u (R), v (R), h, bound on |u|, error of h.

const MATRIX_ERROR = R * R;
const RHS = 2u * R * R;
const RHS_ERROR = RHS + R;
const UNITS = RHS_ERROR + R;
const OFFSET = 2u * R;
const NORM = OFFSET + 1u;
const OFFSET_ERROR = OFFSET + 2u;

var<private> b: array<f32, R>;
var<private> z: array<f32, R>;

@compute @workgroup_size(WORKGROUP)
fn solve(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * WORKGROUP;
  if (i >= atomicLoad(&layout.$.counters.unique)) { return; }
  let record = (layout.$.params.base + i) * MASK_STRIDE;
  let model = layout.$.models[layout.$.unique[record + WORDS]];
  form_system(record, model.count, model.regions);
  let verdict = judge(record, model.count, model.regions);

  let result = i * (R + 1u);
  layout.$.results[result] = verdict;
  /* unroll */ for (var c = 0u; c < R; c++) { layout.$.results[result + 1u + c] = bitcast<u32>(z[c]); }
  // a random sample of "no" verdicts is kept for the audit
  if (verdict == NO && sample(i) >= layout.$.params.auditThreshold) { return; }
  let to = atomicAdd(&layout.$.counters.candidates, 1u) * (MASK_STRIDE + 1u);
  layout.$.candidates[to] = verdict;
  for (var w = 0u; w < MASK_STRIDE; w++) { layout.$.candidates[to + 1u + w] = layout.$.unique[record + w]; }
}

fn sample(i: u32) -> u32 {
  var x = (i ^ layout.$.params.auditSeed) * 0x21f0aaadu;
  x = (x ^ (x >> 15u)) * 0x735a2d97u;
  return x ^ (x >> 15u);
}

/// B = M + VᵀDU and b = VᵀDh + g.
fn form_system(record: u32, n: u32, data: u32) {
  /* unroll */ for (var c = 0u; c < R * R; c++) { B[c] = layout.$.regions[data + c]; }
  /* unroll */ for (var c = 0u; c < R; c++) { b[c] = layout.$.regions[data + RHS + c]; }
  for (var w = 0u; w < WORDS; w++) {
    let word = layout.$.unique[record + w];
    let last = min(n, w * 32u + 32u);
    for (var j = w * 32u; j < last; j++) {
      // a factor instead of a branch: neighbouring masks differ in few bits but read the same rows
      let on = f32((word >> (j & 31u)) & 1u);
      let row = data + UNITS + j * UNIT_STRIDE;
      let h = layout.$.regions[row + OFFSET];
      /* unroll */ for (var r = 0u; r < R; r++) {
        let v = on * layout.$.regions[row + R + r];
        /* unroll */ for (var c = 0u; c < R; c++) { B[r * R + c] += v * layout.$.regions[row + c]; }
        b[r] += v * h;
      }
    }
  }
}

fn judge(record: u32, n: u32, data: u32) -> u32 {
  /* unroll */ for (var c = 0u; c < R; c++) { z[c] = 0.0; }
  if (!approximate_inverse()) { return SINGULAR; }
  let sums = defect_sums();
  // the part of the errors of B's entries: Σ |X|·error
  var entries = 0.0;
  /* unroll */ for (var k = 0u; k < R; k++) {
    var column = 0.0;
    /* unroll */ for (var i = 0u; i < R; i++) { column += abs(X[i * R + k]); }
    var row = 0.0;
    /* unroll */ for (var j = 0u; j < R; j++) { row += layout.$.regions[data + MATRIX_ERROR + k * R + j]; }
    entries += column * row;
  }
  let q = defect_bound(sums.x + entries, sums.y);
  if (!(q < LARGEST_DEFECT)) { return SINGULAR; }

  var size = 0.0;
  var spread = 0.0;
  /* unroll */ for (var i = 0u; i < R; i++) {
    var sum = 0.0;
    var error = 0.0;
    /* unroll */ for (var k = 0u; k < R; k++) {
      let x = X[i * R + k];
      sum += x * b[k];
      error += abs(x) * (layout.$.regions[data + RHS_ERROR + k] + GAMMA_POINT * abs(b[k]));
    }
    z[i] = sum;
    size = max(size, abs(sum));
    spread = max(spread, error);
  }
  let error = point_error(q, size, spread);
  if (error < 0.0) { return UNDECIDED; }

  // the hyperplanes of the mask's own subset first: almost every candidate fails one of them
  let own = (layout.$.unique[record + WORDS + 1u] & TAG_ITEM) * ITEM_STRIDE + 2u;
  for (var t = 0u; t < RHO; t++) {
    let j = layout.$.items[own + t];
    if (j != NONE && side(record, data, j, error) < 0) { return NO; }
  }
  var verdict = YES;
  for (var j = 0u; j < n; j++) {
    let where_to = side(record, data, j, error);
    if (where_to < 0) { return NO; }
    if (where_to == 0) { verdict = UNDECIDED; }
  }
  return verdict;
}

/// −1 if the candidate is surely outside the mask's side of hyperplane j, 1 if surely inside, else 0.
fn side(record: u32, data: u32, j: u32, error: f32) -> i32 {
  let row = data + UNITS + j * UNIT_STRIDE;
  var s = -layout.$.regions[row + OFFSET];
  /* unroll */ for (var c = 0u; c < R; c++) { s += layout.$.regions[row + c] * z[c]; }
  let bound = layout.$.regions[row + NORM] * error + layout.$.regions[row + OFFSET_ERROR] + TINY;
  let on = ((layout.$.unique[record + (j >> 5u)] >> (j & 31u)) & 1u) != 0u;
  let inside = select(-s, s, on);
  return select(select(0, -1, inside < -bound), 1, inside > bound);
}
`,
} as const;
