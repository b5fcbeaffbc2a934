// One step of the search on a device: a workgroup takes a box from the slab at the top of the stack, decides units,
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
