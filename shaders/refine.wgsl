// A second look, in integers, at the masks that solve leaves open. The twin is src/cpu/refine/refiner.ts, to
// the bit; docs/design.md#a-second-look-in-integers has the derivation, and why no number leaves 96 bits.
//
// integers holds for each model what src/stages/integer-model.ts says. A record of results becomes the verdict and the
// low words of the point.

const COLUMNS = R + 1u;
const SYSTEM = R * COLUMNS;
const PLANES = BASE + 2u * SYSTEM;
const ROW = 2u * SYSTEM;
const STRIDE = ROW + R + 3u;

/// [B̂ | b̂].
var<private> system: array<vec2u, SYSTEM>;
/// X̂ with X̂B̂ ≈ 2^K I, K = product.
var<private> inverse: array<i32, SQUARE>;
var<private> product: u32;
/// ⌈2^30 q⌉, and the largest row sum of |X̂| over 2^ROW_SHIFT.
var<private> defect: u32;
var<private> row_sum: u32;
/// The point before the refinement, of scale 2^t, and after it, of scale 2^(t + FINER); t = scale.
var<private> coarse: array<i32, R>;
var<private> point: array<vec3u, R>;
var<private> scale: u32;
/// X̂b̂, then the residual.
var<private> residual: array<vec3u, R>;
/// A bound on the error of the point.
var<private> error: vec2u;
/// 2^t + Σ|ŷ| of the coarse point, then at least Σ|ŷ|/2 of the point: what û errs by is at most a half.
var<private> size: vec3u;

@compute @workgroup_size(WORKGROUP)
fn refine(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let at = id.x + id.y * groups.x * WORKGROUP;
  if (at >= min(atomicLoad(&layout.$.counters.open), layout.$.params.openCapacity)) { return; }
  let i = layout.$.open[at];
  let record = (layout.$.params.base + i) * MASK_STRIDE;
  let model = layout.$.models[layout.$.unique[record + WORDS]];
  let result = i * (R + 1u);
  var verdict = layout.$.results[result];
  if (layout.$.integers[model.integers] != 0u) {
    for (var c = 0u; c < R; c++) { point[c] = vec3u(); }
    verdict = judge(record, model.count, model.integers);
    layout.$.results[result] = verdict;
    for (var c = 0u; c < R; c++) { layout.$.results[result + 1u + c] = point[c].x; }
  }
  hand_over(i, record, verdict);
}

fn judge(record: u32, n: u32, data: u32) -> u32 {
  form_system(record, n, data);
  if (!invert()) { return SINGULAR; }
  let entry_error = layout.$.integers[data + 1u];
  if (!bound_defect(entry_error)) { return SINGULAR; }
  if (!locate(entry_error)) { return UNDECIDED; }
  // the hyperplanes of the mask's own subset first: almost every candidate fails one of them
  let own = (layout.$.unique[record + WORDS + 1u] & TAG_ITEM) * ITEM_STRIDE + 2u;
  var verdict = YES;
  for (var t = 0u; t < RHO + n; t++) {
    var j = t - RHO;
    if (t < RHO) { j = layout.$.items[own + t]; }
    if (j == NONE) { continue; }
    let where_to = side(record, data, j);
    if (where_to < 0) { return NO; }
    if (where_to == 0) { verdict = UNDECIDED; }
  }
  return verdict;
}

fn pair_at(at: u32) -> vec2u {
  return vec2u(layout.$.integers[at], layout.$.integers[at + 1u]);
}

/// [B̂ | b̂], a sum of integers.
fn form_system(record: u32, n: u32, data: u32) {
  var sums: array<vec2u, SYSTEM>;
  /* unroll */ for (var at = 0u; at < R * R + R; at++) { sums[at] = pair_at(data + BASE + 2u * at); }
  for (var w = 0u; w < WORDS; w++) {
    let word = layout.$.unique[record + w];
    let last = min(n, w * 32u + 32u);
    for (var j = w * 32u; j < last; j++) {
      // a mask instead of a branch: neighbouring masks differ in few bits but read the same terms
      let on = select(0u, 0xffffffffu, ((word >> (j & 31u)) & 1u) != 0u);
      let term = data + PLANES + j * STRIDE;
      /* unroll */ for (var at = 0u; at < R * R + R; at++) {
        let next = pair_at(term + 2u * at) & vec2u(on);
        let low = sums[at].x + next.x;
        sums[at] = vec2u(low, sums[at].y + next.y + select(0u, 1u, low < next.x));
      }
    }
  }
  /* unroll */ for (var at = 0u; at < R * R + R; at++) { system[at] = sums[at]; }
}

/// X̂ with X̂B̂ ≈ 2^K I, |X̂| ≤ 2^30.
fn invert() -> bool {
  for (var at = 0u; at < SQUARE; at++) { elimination[at + R * (at / R)] = rough_pair(system[at + at / R]); }
  if (!rough_inverse()) { return false; }
  var exponent = -2 * i32(LARGEST_EXPONENT);
  for (var at = 0u; at < SQUARE; at++) {
    let entry = elimination[at + R * (at / R + 1u)];
    if (entry.x != 0) { exponent = max(exponent, entry.y); }
  }
  for (var at = 0u; at < SQUARE; at++) {
    let entry = elimination[at + R * (at / R + 1u)];
    inverse[at] = select(entry.x >> u32(clamp(exponent - entry.y + 1, 0, 31)), 0, entry.x == 0);
  }
  let k = -(exponent + 1);
  if (k < i32(LEAST_PRODUCT) || k > i32(LARGEST_PRODUCT)) { return false; }
  product = u32(k);
  return true;
}

/// Entry (i, c) of X̂[B̂ | b̂].
fn product_entry(i: u32, c: u32) -> vec3u {
  var sum = vec3u();
  for (var k = 0u; k < R; k++) { sum = wide_sum(sum, wide_product(inverse[i * R + k], system[k * COLUMNS + c])); }
  return sum;
}

/// Whether ‖I − XB‖∞ < 1/4 for every B that the integers stand for: then B is regular.
fn bound_defect(entry_error: u32) -> bool {
  defect = 0u;
  row_sum = 0u;
  for (var i = 0u; i < R; i++) {
    var row = 0u;
    for (var k = 0u; k < R; k++) { row += (u32(abs(inverse[i * R + k])) >> ROW_SHIFT) + 1u; }
    var total = vec3u();
    for (var c = 0u; c < R; c++) {
      var entry = product_entry(i, c);
      if (i == c) { entry = wide_sum(entry, negated(shifted_left(vec3u(1u, 0u, 0u), product))); }
      entry = magnitude_of(entry);
      if (bits_of(entry) > product - 2u) { return false; }
      total = wide_sum(total, entry);
    }
    let spread = shifted_left(wide_product(i32(row), vec2u(entry_error, 0u)), ROW_SHIFT);
    total = shifted_right(wide_sum(total, spread), product - DEFECT);
    if (bits_of(total) > DEFECT - 2u) { return false; }
    defect = max(defect, total.x + 1u);
    row_sum = max(row_sum, row);
  }
  return true;
}

/// The point and its error: a rough one of POINT bits, an exact residual, one step.
fn locate(entry_error: u32) -> bool {
  var bits = 0u;
  for (var i = 0u; i < R; i++) {
    residual[i] = product_entry(i, R);
    bits = max(bits, bits_of(magnitude_of(residual[i])));
  }
  let cut = max(bits, product) - POINT;
  if (cut > product) { return false; }
  scale = product - cut;
  size = shifted_left(vec3u(1u, 0u, 0u), scale);
  for (var i = 0u; i < R; i++) {
    coarse[i] = i32(shifted_right(residual[i], cut).x);
    size = wide_sum(size, vec3u(u32(abs(coarse[i])), 0u, 0u));
  }

  bits = 0u;
  for (var i = 0u; i < R; i++) {
    var sum = shifted_left(widened(system[i * COLUMNS + R]), scale);
    for (var c = 0u; c < R; c++) { sum = wide_sum(sum, wide_product(-coarse[c], system[i * COLUMNS + c])); }
    residual[i] = sum;
    bits = max(bits, bits_of(magnitude_of(sum)));
  }
  let lost = max(bits, RESIDUAL) - RESIDUAL;
  if (FINER + lost > product) { return false; }
  for (var k = 0u; k < R; k++) { residual[k] = shifted_right(residual[k], lost); }
  var largest = vec3u();
  for (var i = 0u; i < R; i++) {
    var step = vec3u();
    for (var k = 0u; k < R; k++) { step = wide_sum(step, wide_product(inverse[i * R + k], residual[k].xy)); }
    step = shifted_right(step, product - FINER - lost);
    let length = magnitude_of(step);
    if (bits_of(length) > STEP) { return false; }
    if (!is_negative(wide_sum(length, negated(largest)))) { largest = length; }
    let before = widened(vec2u(bitcast<u32>(coarse[i]), select(0u, 0xffffffffu, coarse[i] < 0)));
    point[i] = wide_sum(shifted_left(before, FINER), step);
  }
  return bound_error(entry_error, lost, largest);
}

/// The error of the point. @param largest the largest step.
fn bound_error(entry_error: u32, lost: u32, largest: vec3u) -> bool {
  // what the residual may err by, then what the step does
  let ofResidual = wide_sum(wide_product(i32(entry_error), size.xy), shifted_left(vec3u(1u, 0u, 0u), lost));
  let spread = shifted_right(shifted_left(wide_product(i32(row_sum), ofResidual.xy), ROW_SHIFT), product - FINER);
  if (bits_of(spread) > STEP) { return false; }
  let moved = wide_sum(wide_sum(largest, spread), vec3u(2u, 0u, 0u));
  let ofDefect = shifted_right(wide_product(i32(defect + defect / 3u + 1u), moved.xy), DEFECT);
  let total = wide_sum(wide_sum(ofDefect, spread), vec3u(3u, 0u, 0u));
  error = total.xy;
  size = vec3u();
  for (var c = 0u; c < R; c++) { size = wide_sum(size, magnitude_of(point[c])); }
  size = wide_sum(shifted_right(size, 1u), vec3u(1u, 0u, 0u));
  return bits_of(total) <= ERROR_BITS;
}

/// −1 if the candidate is surely outside the mask's side of hyperplane j, 1 if surely inside, else 0.
fn side(record: u32, data: u32, j: u32) -> i32 {
  let at = data + PLANES + j * STRIDE + ROW;
  var sum = negated(shifted_left(widened(pair_at(at + R)), scale));
  for (var c = 0u; c < R; c++) {
    sum = wide_sum(sum, wide_product(bitcast<i32>(layout.$.integers[at + c]), point[c].xy));
  }
  let spread = shifted_left(wide_product(bitcast<i32>(layout.$.integers[at + R + 2u]), error), NORM_SHIFT);
  let bound = wide_sum(wide_sum(spread, size), shifted_left(vec3u(OFFSET_ERROR, 0u, 0u), scale));
  let on = ((layout.$.unique[record + (j >> 5u)] >> (j & 31u)) & 1u) != 0u;
  let inside = select(negated(sum), sum, on);
  if (is_negative(wide_sum(inside, bound))) { return -1; }
  return select(1, 0, is_negative(wide_sum(inside, negated(bound))));
}
