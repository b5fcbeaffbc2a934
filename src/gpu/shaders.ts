// Generated from shaders/*.wgsl by scripts/embed-shaders.ts; do not edit.

export const shaders = {
  box_plan: `// Between the rounds of the search on a device: where the parts of each box of the slab go, by a prefix sum, what the
// counters are then, and how many boxes the next round takes. One workgroup. The twin is src/cpu/box-stack.ts.

const STRIDE = RECORD_STRIDE;
const ANSWER_STRIDE = RECORD + STRIDE;

// Σ over the boxes of the invocations before, then over all
var<workgroup> parts_before: array<u32, LANES>;
var<workgroup> kept_before: array<u32, LANES>;
var<workgroup> first_empty: atomic<u32>;

/// Begins a launch.
@compute @workgroup_size(1)
fn begin() {
  atomicStore(&layout.$.state[KEPT_COUNT], 0u);
  atomicStore(&layout.$.state[AUDIT], 0u);
  plan_slab();
}

@compute @workgroup_size(LANES)
fn plan(@builtin(local_invocation_index) lane: u32) {
  let slab = atomicLoad(&layout.$.state[SLAB]);
  let each = (slab + LANES - 1u) / LANES;
  let first = min(lane * each, slab);
  let last = min(first + each, slab);
  if (lane == 0u) { atomicStore(&first_empty, slab); }
  workgroupBarrier();
  var parts = 0u;
  var kept = 0u;
  var evaluations = 0u;
  var part_evaluations = 0u;
  var sieved = 0u;
  for (var i = first; i < last; i++) {
    let at = i * ANSWER_STRIDE;
    let kind = layout.$.answers[at + KIND];
    let depth = DEPTHS + min(layout.$.answers[at + RECORD + DEPTH], LAST_DEPTH);
    evaluations += layout.$.answers[at + LOOKED];
    if (kind == EMPTY) {
      atomicAdd(&layout.$.state[depth], 1u);
      atomicMin(&first_empty, i);
    }
    if (kind == KEPT) { kept++; }
    let left = countOneBits(layout.$.answers[at + PARTS]);
    parts += left;
    if (kind == SPLIT) {
      let halvings = layout.$.answers[at + HALVINGS];
      let gone = (1u << halvings) - left;
      sieved += gone;
      atomicAdd(&layout.$.state[depth], gone);
      part_evaluations += layout.$.answers[at + RECORD + COUNT] << halvings;
    }
  }
  parts_before[lane] = parts;
  kept_before[lane] = kept;
  atomicAdd(&layout.$.state[EVALUATIONS], evaluations);
  atomicAdd(&layout.$.state[PART_EVALUATIONS], part_evaluations);
  atomicAdd(&layout.$.state[SIEVED], sieved);
  workgroupBarrier();
  var to = atomicLoad(&layout.$.state[TOP]) - slab;
  var kept_to = atomicLoad(&layout.$.state[KEPT_COUNT]);
  for (var before = 0u; before < lane; before++) {
    to += parts_before[before];
    kept_to += kept_before[before];
  }
  for (var i = first; i < last; i++) {
    let at = i * ANSWER_STRIDE;
    let is_kept = layout.$.answers[at + KIND] == KEPT;
    layout.$.places[i] = select(to, kept_to, is_kept);
    if (is_kept) { kept_to++; }
    to += countOneBits(layout.$.answers[at + PARTS]);
  }
  let audited = atomicLoad(&first_empty);
  if (audited < slab) {
    for (var word = lane; word < STRIDE; word += LANES) {
      atomicStore(&layout.$.state[STATE_WORDS + word], layout.$.answers[audited * ANSWER_STRIDE + RECORD + word]);
    }
  }
  storageBarrier();
  workgroupBarrier();
  if (lane < LANES - 1u) { return; }
  // the last invocation's places end the boxes
  atomicStore(&layout.$.state[TOP], to);
  atomicStore(&layout.$.state[KEPT_COUNT], kept_to);
  if (slab > 0u) {
    atomicAdd(&layout.$.state[BOXES], slab);
    atomicAdd(&layout.$.state[ROUNDS], 1u);
  }
  if (audited < slab) { atomicStore(&layout.$.state[AUDIT], 1u); }
  layout.$.groups[3] = slab;
  plan_slab();
}

/// How many boxes the next round takes, such that all their parts find room.
fn plan_slab() {
  let top = atomicLoad(&layout.$.state[TOP]);
  let room = (layout.$.params.capacity - top) / (MOST_PARTS - 1u);
  let kept = layout.$.params.kept - atomicLoad(&layout.$.state[KEPT_COUNT]);
  let slab = min(min(layout.$.params.slab, top), min(room, kept));
  atomicStore(&layout.$.state[SLAB], slab);
  layout.$.groups[0] = slab;
}
`,
  box_scatter: `// Puts the parts of the boxes of a slab on the stack, and boxes that are kept to the others of the launch, each where
// box_plan.wgsl says. A workgroup takes a box. The twin is src/cpu/box-stack.ts.

const STRIDE = RECORD_STRIDE;
const ANSWER_STRIDE = RECORD + STRIDE;

@compute @workgroup_size(LANES)
fn scatter(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let at = group.x * ANSWER_STRIDE;
  let kind = layout.$.answers[at + KIND];
  var to = layout.$.places[group.x] * STRIDE;
  if (kind == KEPT) {
    for (var word = lane; word < STRIDE; word += LANES) {
      layout.$.kept[to + word] = layout.$.answers[at + RECORD + word];
    }
  }
  for (var rest = layout.$.answers[at + PARTS]; rest != 0u; rest &= rest - 1u) {
    let part = countTrailingZeros(rest);
    for (var word = lane; word < STRIDE; word += LANES) { layout.$.stack[to + word] = word_of(at, part, word); }
    to += STRIDE;
  }
}

/// A word of the record of a part: that of the box, or the last cut of that side.
fn word_of(at: u32, part: u32, word: u32) -> u32 {
  var value = layout.$.answers[at + RECORD + word];
  for (var k = 0u; k < layout.$.answers[at + HALVINGS]; k++) {
    let side = select(LO + R, LO, ((part >> k) & 1u) == 1u);
    if (word != side + layout.$.answers[at + AXES + k]) { continue; }
    value = layout.$.answers[at + CUTS + (1u << k) - 1u + (part & ((1u << k) - 1u))];
  }
  return value;
}
`,
  box_step: `// One step of the search on a device: a workgroup takes a box from the slab at the top of the stack, decides units,
// discards the box, cuts it down or chooses its parts, and writes an answer. The twin is src/cpu/box-step/. The bounds
// and their proof are in src/float/box-step.ts, the records in src/stages/box-stack.ts.
//
// Every sum is made by one invocation, in one order, whatever the size of the workgroup. rows holds for each unit of
// each system u (R), v (R), b0, b1, K; folds v uᵀ, −v b0, v (b1 − b0) as integers; base the units of the entries of M
// and k, then bounds on their errors.

const SQUARE = R * R;
const ENTRIES = SQUARE + R;
const UNIT_STRIDE = 2u * R + 3u;
const FOLD_STRIDE = SQUARE + 2u * R;
const BASE_STRIDE = 2u * ENTRIES;
const HI = LO + R;
const FOLDED = HI + R;
const UNDECIDED = FOLDED + ENTRIES;
const STRIDE = UNDECIDED + WORDS;
const ANSWER_STRIDE = RECORD + STRIDE;
const SUMS = 3u + R;
const OFF = 0u;
const ON = 1u;
const FLAT = 2u;
const OPEN = 3u;

struct Band { slope: f32, value: f32, width: f32, magnitude: f32, piece: u32 }

// the box and its parts: part p stands at (p + 1)·R
var<workgroup> lo: array<f32, (MOST_PARTS + 1u) * R>;
var<workgroup> hi: array<f32, (MOST_PARTS + 1u) * R>;
var<workgroup> c: array<f32, (MOST_PARTS + 1u) * R>;
var<workgroup> r: array<f32, (MOST_PARTS + 1u) * R>;
var<workgroup> entries: array<i32, ENTRIES>;
var<workgroup> bits: array<atomic<u32>, WORDS>;
// the undecided units and the widths of their bands
var<workgroup> units: array<u32, UNITS>;
var<workgroup> widths: array<f32, UNITS>;
var<workgroup> before_count: u32;
var<workgroup> open_count: u32;
// the bands of a tile
var<workgroup> tile: array<Band, TILE>;
var<workgroup> tile_units: array<u32, TILE>;
var<workgroup> tile_weights: array<f32, TILE>;
var<workgroup> tile_open: atomic<u32>;
// M′ and k′ as float32, then Â and Ĝ, and what else src/float/box-step.ts names
var<workgroup> M: array<f32, SQUARE>;
var<workgroup> constants: array<f32, R>;
var<workgroup> A: array<f32, SQUARE>;
var<workgroup> G: array<f32, R>;
var<workgroup> magnitudes: array<f32, R>;
var<workgroup> B: array<f32, R>;
var<workgroup> E: array<f32, R>;
var<workgroup> W: array<f32, SQUARE>;
var<workgroup> scale: array<f32, R>;
var<workgroup> spread_of: array<f32, R>;
// R rows that contract, then the functional
var<workgroup> Y: array<f32, ENTRIES>;
var<workgroup> radii: array<f32, R + 1u>;
var<workgroup> slopes: array<f32, R>;
var<workgroup> ratios: array<f32, R>;
var<workgroup> failed: atomic<u32>;
var<workgroup> blurred: atomic<u32>;
var<workgroup> empty: atomic<u32>;
var<workgroup> sums: array<f32, MOST_PARTS * STRANDS * SUMS>;
var<workgroup> parts_left: atomic<u32>;
var<workgroup> functional_constant: f32;
var<workgroup> functional_base: f32;
var<workgroup> kind: u32;
var<workgroup> stale: u32;
var<workgroup> halvings: u32;
var<workgroup> axes: array<u32, 3>;
var<workgroup> cuts: array<f32, 7>;

@compute @workgroup_size(LANES)
fn step_box(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let at = (layout.$.state[TOP] - layout.$.state[SLAB] + group.x) * STRIDE;
  let system = layout.$.stack[at + SYSTEM];
  let rows_at = system * UNITS * UNIT_STRIDE;
  let folds_at = system * UNITS * FOLD_STRIDE;
  let base_at = system * BASE_STRIDE;
  load(lane, at);
  workgroupBarrier();
  list_units(lane);
  let before = workgroupUniformLoad(&before_count);

  var count = 0u;
  for (var first = 0u; first < before; first += TILE) {
    let size = min(TILE, before - first);
    for (var t = lane; t < size; t += LANES) { decide(t, units[first + t], rows_at); }
    workgroupBarrier();
    let open = atomicLoad(&tile_open);
    for (var t = lane; t < size; t += LANES) {
      if (((open >> t) & 1u) == 0u) { continue; }
      let to = count + countOneBits(open & ((1u << t) - 1u));
      units[to] = tile_units[t];
      widths[to] = tile[t].width;
    }
    for (var e = lane; e < ENTRIES; e += LANES) { fold(e, size, folds_at); }
    for (var e = lane; e < 2u * SQUARE + 3u * R; e += LANES) { sum_tile(e, size, open, rows_at); }
    count += countOneBits(open);
    workgroupBarrier();
    if (lane == 0u) { atomicStore(&tile_open, 0u); }
    workgroupBarrier();
  }
  if (lane == 0u) { open_count = count; }
  for (var i = lane; i < R; i += LANES) { complete_row(i, before, base_at); }
  workgroupBarrier();

  find_functionals(lane);
  for (var e = lane; e < (R + 1u) * STRANDS; e += LANES) { sums[e] = radius(e / STRANDS, e % STRANDS, count, rows_at); }
  for (var n = lane; n < R; n += LANES) {
    var slope = 0.0;
    for (var a = 0u; a < R; a++) { slope += Y[SQUARE + a] * A[a * R + n]; }
    slopes[n] = slope;
  }
  workgroupBarrier();
  for (var row = lane; row < R + 1u; row += LANES) {
    var all = 0.0;
    for (var strand = 0u; strand < STRANDS; strand++) { all += sums[row * STRANDS + strand]; }
    radii[row] = all;
  }
  workgroupBarrier();
  for (var i = lane; i < R; i += LANES) { contract(i); }
  workgroupBarrier();
  if (lane == 0u) { judge(at, count); }
  workgroupBarrier();

  let parts = select(0u, 1u << halvings, kind == SPLIT);
  for (var e = lane; e < parts * R; e += LANES) { centre(R + e); }
  prepare_sieve(lane);
  workgroupBarrier();
  for (var e = lane; e < parts * STRANDS; e += LANES) { sum_strand(e, count, rows_at); }
  workgroupBarrier();
  for (var part = lane; part < parts; part += LANES) { sieve(part, count); }
  workgroupBarrier();
  write_answer(lane, at, group.x * ANSWER_STRIDE);
}

/// x, in a form that no compiler can simplify, so that the sums before and after it stay separate.
fn hidden(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ layout.$.params.zero);
}

fn load(lane: u32, at: u32) {
  for (var k = lane; k < R; k += LANES) {
    lo[k] = bitcast<f32>(layout.$.stack[at + LO + k]);
    hi[k] = bitcast<f32>(layout.$.stack[at + HI + k]);
    centre(k);
    G[k] = 0.0;
    magnitudes[k] = 0.0;
    spread_of[k] = 0.0;
  }
  for (var e = lane; e < ENTRIES; e += LANES) { entries[e] = bitcast<i32>(layout.$.stack[at + FOLDED + e]); }
  for (var e = lane; e < SQUARE; e += LANES) {
    A[e] = 0.0;
    W[e] = 0.0;
  }
  for (var w = lane; w < WORDS; w += LANES) { atomicStore(&bits[w], layout.$.stack[at + UNDECIDED + w]); }
  if (lane == 0u) {
    atomicStore(&tile_open, 0u);
    atomicStore(&failed, 0u);
    atomicStore(&blurred, 0u);
    atomicStore(&empty, 0u);
    atomicStore(&parts_left, 0u);
  }
}

fn centre(k: u32) {
  let middle = 0.5 * (lo[k] + hi[k]);
  c[k] = middle;
  r[k] = max(hi[k] - middle, middle - lo[k]) * HALF_WIDTH;
}

fn list_units(lane: u32) {
  for (var w = lane; w < WORDS; w += LANES) {
    var to = 0u;
    for (var below = 0u; below < w; below++) { to += countOneBits(atomicLoad(&bits[below])); }
    var rest = atomicLoad(&bits[w]);
    while (rest != 0u) {
      units[to] = 32u * w + countTrailingZeros(rest);
      to++;
      rest &= rest - 1u;
    }
    if (w == WORDS - 1u) { before_count = to; }
  }
}

/// The narrowest band between parallel lines round φ on the box or part whose centre is at from.
fn band_of(row: u32, start: u32) -> Band {
  var x = 0.0;
  var p = 0.0;
  var size = 0.0;
  for (var k = 0u; k < R; k++) {
    let u = layout.$.rows[row + k];
    x += u * c[start + k];
    p += abs(u) * r[start + k];
    size += abs(u) * (abs(c[start + k]) + r[start + k]);
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
  let above = bottom - b0;
  let value = above + (slope * (x - bottom) + half);
  let magnitude = (above + slope * size) + (half + select(0.0, kinks, high > b0));
  var piece = ON;
  if (low >= b1) { piece = FLAT; }
  if (high <= b0) { piece = OFF; }
  if ((low < b0 && high > b0) || (low < b1 && high > b1)) { piece = OPEN; }
  return Band(slope, value, half, magnitude, piece);
}

/// Decides unit j, the t-th of its tile.
fn decide(t: u32, j: u32, rows_at: u32) {
  let row = rows_at + j * UNIT_STRIDE;
  let band = band_of(row, 0u);
  var weight = 0.0;
  for (var i = 0u; i < R; i++) { weight += abs(layout.$.rows[row + R + i] * band.width); }
  tile[t] = band;
  tile_units[t] = j;
  tile_weights[t] = weight;
  if (band.piece == OPEN) { atomicOr(&tile_open, 1u << t); }
  else { atomicAnd(&bits[j / 32u], ~(1u << (j % 32u))); }
}

/// Adds the pieces of a tile's decided units to one entry of M′ and k′.
fn fold(e: u32, size: u32, folds_at: u32) {
  var sum = entries[e];
  for (var t = 0u; t < size; t++) {
    let piece = tile[t].piece;
    let start = folds_at + tile_units[t] * FOLD_STRIDE + e;
    if (piece == ON) { sum += layout.$.folds[start]; }
    if (piece == FLAT && e >= SQUARE) { sum += layout.$.folds[start + R]; }
  }
  entries[e] = sum;
}

/// Adds the bands of a tile's undecided units to one of the sums Â, W, Ĝ, m and spread.
fn sum_tile(e: u32, size: u32, open: u32, rows_at: u32) {
  let sort = select(2u + (e - 2u * SQUARE) / R, e / SQUARE, e < 2u * SQUARE);
  let place = select((e - 2u * SQUARE) % R, e % SQUARE, e < 2u * SQUARE);
  let i = select(place, place / R, sort < 2u);
  let n = select(place, place % R, sort < 2u);
  if (sort == 1u && n > i) { return; }
  var sum = 0.0;
  for (var t = 0u; t < size; t++) {
    if (((open >> t) & 1u) == 0u) { continue; }
    let row = rows_at + tile_units[t] * UNIT_STRIDE;
    let v = layout.$.rows[row + R + i];
    switch (sort) {
      case 0u: { sum += (v * tile[t].slope) * layout.$.rows[row + n]; }
      case 1u: { sum += (v * tile[t].width) * (layout.$.rows[row + R + n] * tile[t].width); }
      case 2u: { sum += v * tile[t].value; }
      case 3u: { sum += abs(v) * tile[t].magnitude; }
      default: { sum += tile_weights[t] * abs(layout.$.rows[row + i]); }
    }
  }
  switch (sort) {
    case 0u: { A[place] += hidden(sum); }
    case 1u: { W[place] += hidden(sum); }
    case 2u: { G[i] += hidden(sum); }
    case 3u: { magnitudes[i] += hidden(sum); }
    default: { spread_of[i] += hidden(sum); }
  }
}

fn band_error(depth: u32) -> f32 {
  return f32(4u * depth + 6u * R + 80u) * UNIT;
}

fn spread_error(count: u32) -> f32 {
  return f32(2u * count + 4u * R + 32u) * UNIT;
}

/// Adds M′ and k′ to row i of G, and bounds its errors.
fn complete_row(i: u32, before: u32, base_at: u32) {
  let errors = base_at + ENTRIES;
  let constant = f32(entries[SQUARE + i]) * layout.$.base[base_at + SQUARE + i];
  constants[i] = constant;
  var value = G[i] + constant;
  var size = 0.0;
  var error = layout.$.base[errors + SQUARE + i] + ROW_ERROR * abs(constant);
  for (var n = 0u; n < R; n++) {
    let m = f32(entries[i * R + n]) * layout.$.base[base_at + i * R + n];
    M[i * R + n] = m;
    let a = A[i * R + n] + m;
    A[i * R + n] = a;
    value += m * c[n];
    size += abs(a) * r[n];
    error += (layout.$.base[errors + i * R + n] + ROW_ERROR * abs(m)) * (abs(c[n]) + r[n]);
  }
  G[i] = value;
  B[i] = error;
  let bands = band_error(TILE + (before + TILE - 1u) / TILE) * magnitudes[i];
  E[i] = ((error + bands) + ROW_ERROR * (abs(value) + size)) * SLACK;
}

/// The rows of diag(r²)ÂᵀW⁻¹ and then y = W⁻¹Ĝ, scaled to a largest component of 1, for W = RIDGE·Σ w² v vᵀ +
/// Â diag(r²) Âᵀ with its diagonal scaled to 1, except for rows of zeros. The proof holds for any numbers.
fn find_functionals(lane: u32) {
  for (var e = lane; e < SQUARE; e += LANES) {
    let i = e / R;
    let n = e % R;
    if (n > i) { continue; }
    var sum = RIDGE * W[e];
    for (var a = 0u; a < R; a++) { sum += (A[i * R + a] * r[a]) * (A[n * R + a] * r[a]); }
    W[e] = sum;
    if (n == i) {
      scale[i] = 0.0;
      if (sum >= SMALLEST_ROW) { scale[i] = 1.0 / sqrt(sum); }
    }
  }
  workgroupBarrier();
  for (var e = lane; e < SQUARE; e += LANES) {
    let i = e / R;
    let n = e % R;
    if (n < i) { W[e] = (W[e] * scale[i]) * scale[n]; }
    if (n == i) { W[e] = 1.0 + REGULARISER; }
  }
  workgroupBarrier();
  // L of W = L Lᵀ below the diagonal; 1/l goes to ratios, as other invocations still read the diagonal
  for (var k = 0u; k < R; k++) {
    var pivot = W[k * R + k];
    for (var n = 0u; n < k; n++) { pivot -= W[k * R + n] * W[k * R + n]; }
    if (!(pivot >= 0.25 * REGULARISER)) {
      pivot = 1.0;
      atomicStore(&failed, 1u);
    }
    let inverse = 1.0 / sqrt(pivot);
    if (lane == 0u) { ratios[k] = inverse; }
    for (var i = k + 1u + lane; i < R; i += LANES) {
      var sum = W[i * R + k];
      for (var n = 0u; n < k; n++) { sum -= W[i * R + n] * W[k * R + n]; }
      W[i * R + k] = sum * inverse;
    }
    workgroupBarrier();
  }
  for (var row = lane; row < R + 1u; row += LANES) { solve_row(row); }
  workgroupBarrier();
}

fn solve_row(row: u32) {
  let at = row * R;
  for (var i = 0u; i < R; i++) {
    var sum = G[i] * scale[i];
    if (row < R) { sum = (A[i * R + min(row, R - 1u)] * r[row]) * scale[i]; }
    for (var n = 0u; n < i; n++) { sum -= W[i * R + n] * Y[at + n]; }
    Y[at + i] = limited(sum * ratios[i], LARGEST_FUNCTIONAL);
  }
  for (var back = 0u; back < R; back++) {
    let i = R - 1u - back;
    var sum = Y[at + i];
    for (var n = i + 1u; n < R; n++) { sum -= W[n * R + i] * Y[at + n]; }
    Y[at + i] = limited(sum * ratios[i], LARGEST_FUNCTIONAL);
  }
  var largest = 0.0;
  for (var i = 0u; i < R; i++) {
    var y = Y[at + i] * scale[i];
    if (row < R) { y = limited(y * r[row], LARGEST_ROW); }
    Y[at + i] = y;
    largest = max(largest, abs(y));
  }
  if (row < R) { return; }
  for (var i = 0u; i < R; i++) {
    if (largest >= SMALLEST_ROW) { Y[at + i] /= largest; }
    else { Y[at + i] = 0.0; }
  }
}

/// x, or 0 and a note where it is too large.
fn limited(x: f32, most: f32) -> f32 {
  if (abs(x) <= most) { return x; }
  atomicStore(&failed, 1u);
  return 0.0;
}

/// A strand of Σ w|y·v| for a row of Y.
fn radius(row: u32, strand: u32, count: u32, rows_at: u32) -> f32 {
  var sum = 0.0;
  for (var q = strand; q < count; q += STRANDS) {
    let at = rows_at + units[q] * UNIT_STRIDE + R;
    var t = 0.0;
    for (var i = 0u; i < R; i++) { t += Y[row * R + i] * layout.$.rows[at + i]; }
    sum += abs(t) * widths[q];
  }
  return hidden(sum);
}

/// Cuts coordinate i of the box down by its row of Y.
fn contract(i: u32) {
  ratios[i] = 1.0;
  if (atomicLoad(&failed) == 1u) { return; }
  var shift = 0.0;
  var error = 0.0;
  var spread = radii[i];
  for (var n = 0u; n < R; n++) {
    let y = Y[i * R + n];
    shift += y * G[n];
    error += abs(y) * E[n];
    var defect = select(0.0, -1.0, n == i);
    for (var a = 0u; a < R; a++) { defect += Y[i * R + a] * A[a * R + n]; }
    spread += abs(defect) * r[n];
  }
  let reach = (abs(c[i]) + abs(shift)) + ((spread + error) + r[i]);
  // slack covers the roundings of spread and error
  let half = (spread + error) * SLACK + (reach * OUTWARD + ABSOLUTE);
  let middle = c[i] - shift;
  let low = middle - half;
  let high = middle + half;
  if (low > hi[i] || high < lo[i]) {
    atomicStore(&empty, 1u);
    return;
  }
  if (error > BLUR * r[i]) { atomicStore(&blurred, 1u); }
  let width = hi[i] - lo[i];
  let down = max(lo[i], low);
  let up = min(hi[i], high);
  let rest = up - down;
  if (!(rest >= SMALLEST_SIDE)) { return; }
  lo[i] = down;
  hi[i] = up;
  ratios[i] = rest / width;
}

/// Decides by y and by what the contraction has left what becomes of the box.
fn judge(at: u32, count: u32) {
  var value = 0.0;
  var error = 0.0;
  var spread = radii[R];
  for (var i = 0u; i < R; i++) {
    value += Y[SQUARE + i] * G[i];
    error += abs(Y[SQUARE + i]) * E[i];
    spread += abs(slopes[i]) * r[i];
  }
  error = (error + spread_error(count) * spread) * SLACK;
  let all = spread + error;
  let is_failed = atomicLoad(&failed) == 1u;
  halvings = 0u;
  stale = 0u;
  if (!is_failed && (abs(value) > all || atomicLoad(&empty) == 1u)) {
    kind = EMPTY;
    return;
  }
  let nearness = abs(value) / max(all, TINY);
  var volume = 1.0;
  for (var i = 0u; i < R; i++) { volume *= ratios[i]; }
  if (count >= layout.$.stack[at + COUNT]) { stale = layout.$.stack[at + STALE]; }
  let is_blurred = is_failed || atomicLoad(&blurred) == 1u;
  if (!is_blurred && volume < SHRINK) {
    kind = AGAIN;
    stale++;
    return;
  }
  kind = KEPT;
  if (is_blurred || count <= FEW_UNDECIDED || stale >= MOST_STALE) { return; }
  choose_halves(nearness);
  if (halvings == 0u) { return; }
  kind = SPLIT;
  stale += halvings;
}

/// Chooses the coordinates to halve one after the other, each time the coordinate that makes most of the spread of the
/// bands, and cuts the box into its parts.
fn choose_halves(nearness: f32) {
  for (var k = 0u; k < R; k++) {
    lo[R + k] = lo[k];
    hi[R + k] = hi[k];
  }
  var times = 1u;
  if (nearness < NEARNESS_FOR_HALVES) { times = 2u; }
  if (nearness < NEARNESS_FOR_QUARTERS) { times = 3u; }
  for (; halvings < times; halvings++) {
    var best = R;
    var most = -1.0;
    for (var n = 0u; n < R; n++) {
      let width = hi[R + n] - lo[R + n];
      let half = 0.5 * (lo[R + n] + hi[R + n]);
      if (!(half > lo[R + n] && half < hi[R + n] && width >= SMALLEST_SIDE)) { continue; }
      let each = spread_of[n] * width;
      if (each > most) {
        most = each;
        best = n;
      }
    }
    if (best == R) { return; }
    axes[halvings] = best;
    let parts = 1u << halvings;
    for (var part = 0u; part < parts; part++) {
      let at = (part + 1u) * R;
      let to = (part + parts + 1u) * R;
      let cut = 0.5 * (lo[at + best] + hi[at + best]);
      cuts[parts - 1u + part] = cut;
      for (var k = 0u; k < R; k++) {
        lo[to + k] = lo[at + k];
        hi[to + k] = hi[at + k];
      }
      lo[to + best] = cut;
      hi[at + best] = cut;
    }
  }
}

/// The parts of y·G that all parts of the box share.
fn prepare_sieve(lane: u32) {
  for (var n = lane; n < R; n += LANES) {
    var slope = 0.0;
    for (var a = 0u; a < R; a++) { slope += Y[SQUARE + a] * M[a * R + n]; }
    slopes[n] = slope;
  }
  if (lane > 0u) { return; }
  var constant = 0.0;
  var base = 0.0;
  for (var i = 0u; i < R; i++) {
    constant += Y[SQUARE + i] * constants[i];
    base += abs(Y[SQUARE + i]) * B[i];
  }
  functional_constant = constant;
  functional_base = base;
}

/// A strand of the sums of t·value, |t|·width, T·m and t·slope·u over the undecided units, on one part.
fn sum_strand(e: u32, count: u32, rows_at: u32) {
  let start = (e / STRANDS + 1u) * R;
  var value = 0.0;
  var width = 0.0;
  var magnitude = 0.0;
  var linear: array<f32, R>;
  for (var q = e % STRANDS; q < count; q += STRANDS) {
    let row = rows_at + units[q] * UNIT_STRIDE;
    var t = 0.0;
    var size = 0.0;
    for (var i = 0u; i < R; i++) {
      let one = Y[SQUARE + i] * layout.$.rows[row + R + i];
      t += one;
      size += abs(one);
    }
    let band = band_of(row, start);
    value += t * band.value;
    width += abs(t) * band.width;
    magnitude += size * band.magnitude;
    let slope = t * band.slope;
    /* unroll */ for (var n = 0u; n < R; n++) { linear[n] += slope * layout.$.rows[row + n]; }
  }
  let at = e * SUMS;
  sums[at] = hidden(value);
  sums[at + 1u] = hidden(width);
  sums[at + 2u] = hidden(magnitude);
  /* unroll */ for (var n = 0u; n < R; n++) { sums[at + 3u + n] = hidden(linear[n]); }
}

fn total(part: u32, sort: u32) -> f32 {
  var sum = 0.0;
  for (var strand = 0u; strand < STRANDS; strand++) { sum += sums[(part * STRANDS + strand) * SUMS + sort]; }
  return sum;
}

/// Notes a part that y does not discard.
fn sieve(part: u32, count: u32) {
  let start = (part + 1u) * R;
  var value = total(part, 0u) + functional_constant;
  var spread = total(part, 1u);
  for (var n = 0u; n < R; n++) {
    value += slopes[n] * c[start + n];
    spread += abs(total(part, 3u + n) + slopes[n]) * r[start + n];
  }
  let bands = band_error(STRANDS + (count + STRANDS - 1u) / STRANDS) * total(part, 2u);
  let error = (functional_base + bands) + spread_error(count) * spread;
  if (!(abs(value) > spread + error * SLACK)) { atomicOr(&parts_left, 1u << part); }
}

fn write_answer(lane: u32, at: u32, to: u32) {
  if (lane == 0u) {
    layout.$.answers[to + KIND] = kind;
    layout.$.answers[to + PARTS] = select(select(0u, 1u, kind == AGAIN), atomicLoad(&parts_left), kind == SPLIT);
    layout.$.answers[to + LOOKED] = before_count;
    layout.$.answers[to + HALVINGS] = halvings;
    for (var k = 0u; k < 3u; k++) { layout.$.answers[to + AXES + k] = select(0u, axes[k], k < halvings); }
    for (var k = 0u; k < 7u; k++) {
      layout.$.answers[to + CUTS + k] = select(0u, bitcast<u32>(cuts[k]), k + 1u < (1u << halvings));
    }
    let record = to + RECORD;
    layout.$.answers[record + SYSTEM] = layout.$.stack[at + SYSTEM];
    layout.$.answers[record + DEPTH] = layout.$.stack[at + DEPTH] + halvings;
    layout.$.answers[record + STALE] = stale;
    layout.$.answers[record + COUNT] = open_count;
  }
  // a discarded box is audited as it was
  for (var k = lane; k < 2u * R; k += LANES) {
    let side = select(hi[k % R], lo[k % R], k < R);
    layout.$.answers[to + RECORD + LO + k] = select(bitcast<u32>(side), layout.$.stack[at + LO + k], kind == EMPTY);
  }
  for (var e = lane; e < ENTRIES; e += LANES) { layout.$.answers[to + RECORD + FOLDED + e] = bitcast<u32>(entries[e]); }
  for (var w = lane; w < WORDS; w += LANES) { layout.$.answers[to + RECORD + UNDECIDED + w] = atomicLoad(&bits[w]); }
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
