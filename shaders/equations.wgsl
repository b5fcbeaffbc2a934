// Shared by refine and reintersect: DIM equations in integers, their point with a bound on its error, and the side of a
// hyperplane that the point lies on. The twin is src/cpu/refine/equations.ts, to the bit;
// docs/design.md#a-second-look-in-integers has the derivation, and why no number leaves 96 bits.

const COLUMNS = DIM + 1u;
const SYSTEM = DIM * COLUMNS;

/// [B̂ | b̂].
var<private> system: array<vec2u, SYSTEM>;
/// X̂ with X̂B̂ ≈ 2^K I, K = product.
var<private> inverse: array<i32, SQUARE>;
var<private> product: u32;
/// ⌈2^30 q⌉, and the largest row sum of |X̂| over 2^ROW_SHIFT.
var<private> defect: u32;
var<private> row_sum: u32;
/// The point before the refinement, of scale 2^t, and after it, of scale 2^(t + FINER); t = scale.
var<private> coarse: array<i32, DIM>;
var<private> point: array<vec3u, DIM>;
var<private> scale: u32;
/// X̂b̂, then the residual.
var<private> residual: array<vec3u, DIM>;
/// A bound on the error of the point.
var<private> error: vec2u;
/// 2^t + Σ|ŷ| of the coarse point, then at least Σ|ŷ|/2 of the point: what û errs by is at most a half.
var<private> size: vec3u;

fn pair_at(at: u32) -> vec2u {
  return vec2u(layout.$.integers[at], layout.$.integers[at + 1u]);
}

/// X̂ with X̂B̂ ≈ 2^K I, |X̂| ≤ 2^30.
fn invert() -> bool {
  for (var at = 0u; at < SQUARE; at++) { elimination[at + DIM * (at / DIM)] = rough_pair(system[at + at / DIM]); }
  if (!rough_inverse()) { return false; }
  var exponent = -2 * i32(LARGEST_EXPONENT);
  for (var at = 0u; at < SQUARE; at++) {
    let entry = elimination[at + DIM * (at / DIM + 1u)];
    if (entry.x != 0) { exponent = max(exponent, entry.y); }
  }
  for (var at = 0u; at < SQUARE; at++) {
    let entry = elimination[at + DIM * (at / DIM + 1u)];
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
  for (var k = 0u; k < DIM; k++) { sum = wide_sum(sum, wide_product(inverse[i * DIM + k], system[k * COLUMNS + c])); }
  return sum;
}

/// Exchanges B̂ and X̂ for their transposes; the products of the two stay near 2^K I.
fn transpose_both() {
  for (var i = 1u; i < DIM; i++) {
    for (var c = 0u; c < i; c++) {
      let entry = system[i * COLUMNS + c];
      system[i * COLUMNS + c] = system[c * COLUMNS + i];
      system[c * COLUMNS + i] = entry;
      let of_inverse = inverse[i * DIM + c];
      inverse[i * DIM + c] = inverse[c * DIM + i];
      inverse[c * DIM + i] = of_inverse;
    }
  }
}

/// Whether ‖I − XB‖∞ < 1/4 for every B that the integers stand for: then B is regular.
/// @param entry_error E, what an entry of B̂ may err by.
fn bound_defect(entry_error: u32) -> bool {
  defect = 0u;
  row_sum = 0u;
  for (var i = 0u; i < DIM; i++) {
    var row = 0u;
    for (var k = 0u; k < DIM; k++) { row += (u32(abs(inverse[i * DIM + k])) >> ROW_SHIFT) + 1u; }
    var total = vec3u();
    for (var c = 0u; c < DIM; c++) {
      var entry = product_entry(i, c);
      if (i == c) { entry = wide_sum(entry, negated(shifted_left(vec3u(1u, 0u, 0u), product))); }
      entry = magnitude_of(entry);
      if (bits_of(entry) > product - 2u) { return false; }
      total = wide_sum(total, entry);
    }
    // E in each of the columns
    let spread = shifted_left(wide_product(i32(row), vec2u(DIM * entry_error, 0u)), ROW_SHIFT);
    total = shifted_right(wide_sum(total, spread), product - DEFECT);
    if (bits_of(total) > DEFECT - 2u) { return false; }
    defect = max(defect, total.x + 1u);
    row_sum = max(row_sum, row);
  }
  return true;
}

/// The point and its error: a rough one of POINT bits, an exact residual, one step.
/// @param entry_error E, what an entry of B̂ and of b̂ may err by.
fn locate(entry_error: u32) -> bool {
  var bits = 0u;
  for (var i = 0u; i < DIM; i++) {
    residual[i] = product_entry(i, DIM);
    bits = max(bits, bits_of(magnitude_of(residual[i])));
  }
  let cut = max(bits, product) - POINT;
  if (cut > product) { return false; }
  scale = product - cut;
  size = shifted_left(vec3u(1u, 0u, 0u), scale);
  for (var i = 0u; i < DIM; i++) {
    coarse[i] = i32(shifted_right(residual[i], cut).x);
    size = wide_sum(size, vec3u(u32(abs(coarse[i])), 0u, 0u));
  }

  bits = 0u;
  for (var i = 0u; i < DIM; i++) {
    var sum = shifted_left(widened(system[i * COLUMNS + DIM]), scale);
    for (var c = 0u; c < DIM; c++) { sum = wide_sum(sum, wide_product(-coarse[c], system[i * COLUMNS + c])); }
    residual[i] = sum;
    bits = max(bits, bits_of(magnitude_of(sum)));
  }
  let lost = max(bits, RESIDUAL) - RESIDUAL;
  if (FINER + lost > product) { return false; }
  for (var k = 0u; k < DIM; k++) { residual[k] = shifted_right(residual[k], lost); }
  var largest = vec3u();
  for (var i = 0u; i < DIM; i++) {
    var step = vec3u();
    for (var k = 0u; k < DIM; k++) { step = wide_sum(step, wide_product(inverse[i * DIM + k], residual[k].xy)); }
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
  for (var c = 0u; c < DIM; c++) { size = wide_sum(size, magnitude_of(point[c])); }
  size = wide_sum(shifted_right(size, 1u), vec3u(1u, 0u, 0u));
  return bits_of(total) <= ERROR_BITS;
}

/// The sign of y_t; 0 if it is not sure.
fn sign_of(t: u32) -> i32 {
  if (!is_negative(wide_sum(vec3u(error, 0u), negated(magnitude_of(point[t]))))) { return 0; }
  return select(1, -1, is_negative(point[t]));
}

/// 1 if û·y is surely larger than ĥ, −1 if surely smaller, else 0.
/// @param at where DIM words of û stand. @param norm at least 2^18 ‖u‖₁. @param offset_error what ĥ may err by.
fn side_of(at: u32, norm: u32, offset: vec2u, offset_error: u32) -> i32 {
  var sum = negated(shifted_left(widened(offset), scale));
  for (var c = 0u; c < DIM; c++) {
    sum = wide_sum(sum, wide_product(bitcast<i32>(layout.$.integers[at + c]), point[c].xy));
  }
  let spread = shifted_left(wide_product(bitcast<i32>(norm), error), NORM_SHIFT);
  let bound = wide_sum(wide_sum(spread, size), shifted_left(vec3u(offset_error, 0u, 0u), scale));
  if (is_negative(wide_sum(sum, bound))) { return -1; }
  return select(0, 1, is_negative(wide_sum(bound, negated(sum))));
}
