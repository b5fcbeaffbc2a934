// A second look, in integers, at the points of subsets that intersect leaves open
// (docs/design.md#a-second-look-in-integers). The twin is src/cpu/refine/point-refiner.ts, to the bit.
//
// integers holds for each model what src/stages/integer-model.ts says; open_items is a count and places of items.

const DIRECTIONS = BASE + 2u * R * (R + 1u);
const TERM = 2u * R * (R + 1u) + R + 3u;
const OFFSET = RHO;
const NORM = RHO + 2u;
const REST = RHO + 3u;
const DELTA = REST + RHO;
const CENTRED = DELTA + 1u;
const PLANE = DELTA + 2u;

/// What u·y is compared with, in the order in which it is; last, the subset's own bits.
const NOTHING = 0u;
const OFFSETS = 1u;
const PERTURBATION = 2u;
const OWN = 3u;

var<private> subset: array<u32, RHO>;
/// Where the owner directions and the hyperplanes begin.
var<private> directions: u32;
var<private> planes: u32;

@compute @workgroup_size(WORKGROUP)
fn reintersect(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let at = id.x + id.y * groups.x * WORKGROUP;
  if (at >= min(layout.$.openItems[0], layout.$.params.openItemCapacity)) { return; }
  let item = layout.$.openItems[at + 1u];
  let record = item * ITEM_STRIDE;
  let model = layout.$.models[layout.$.items[record + 1u]];
  if (layout.$.integers[model.integers] == 0u) { return; }
  directions = model.integers + DIRECTIONS + model.count * TERM;
  planes = directions + RHO * RHO;
  var k = 0u;
  for (var t = 0u; t < RHO; t++) {
    subset[t] = layout.$.items[record + 2u + t];
    if (subset[t] != NONE) { k++; }
  }
  layout.$.items[record] = look(item, k, layout.$.items[record]);
}

/// Decides what can be decided of an item. @returns its status.
fn look(item: u32, k: u32, status: u32) -> u32 {
  let vertex = k == RHO;
  var centred = vertex;
  for (var t = 0u; t < k; t++) { centred = centred && is_centred(subset[t]); }
  let wants_own_bits = layout.$.params.branch == 0u && (status & STATUS) != OK && k > 0u;
  form_rows(k);
  if (!invert()) { return status; }
  // one loop, so that what is long is compiled once
  for (var against = select(NOTHING, OFFSETS, vertex); against <= OWN; against++) {
    if (against == PERTURBATION && !centred) { continue; }
    if (against == OWN) {
      if (!wants_own_bits) { break; }
      transpose_both();
    }
    put_right(k, against);
    if (against != PERTURBATION) {
      if (!bound_defect(ROW_ERROR)) { return status; }
    }
    if (!locate(select(ROW_ERROR, OFFSET_ERROR, against == OFFSETS))) { return status; }
    if (against == OWN) {
      if (!own_bits(item, k)) { return status; }
    } else {
      decide(item, against, centred);
    }
    if (against == NOTHING) { against = PERTURBATION; }
  }
  if (layout.$.params.branch != 0u) {
    for (var t = 0u; t < k; t++) { mark(item, subset[t], false); }
  }
  return OK | select(0u, PERTURBED, centred);
}

fn plane(j: u32) -> u32 {
  return planes + j * PLANE;
}

fn is_centred(j: u32) -> bool {
  return layout.$.integers[plane(j) + CENTRED] != 0u;
}

/// The high word of 2^56 δ_j; the low one is 0.
fn delta(j: u32) -> u32 {
  return layout.$.integers[plane(j) + DELTA] << DELTA_SHIFT;
}

/// The high word of 2^56 times entry c of c_i, i from 0.
fn direction(i: u32, c: u32) -> u32 {
  return layout.$.integers[directions + i * RHO + c] << DIRECTION_SHIFT;
}

/// B̂: rows of the subset's hyperplanes, then c_1, c_2, …
fn form_rows(k: u32) {
  for (var t = 0u; t < RHO; t++) {
    for (var c = 0u; c < RHO; c++) {
      if (t >= k) {
        system[t * COLUMNS + c] = vec2u(0u, direction(t - k, c));
        continue;
      }
      let at = plane(subset[t]) + c;
      let first = layout.$.integers[at];
      let rest = layout.$.integers[at + REST];
      let low = (first << FIRST_SHIFT) + rest;
      let high = bitcast<u32>(bitcast<i32>(first) >> (32u - FIRST_SHIFT)) + bitcast<u32>(bitcast<i32>(rest) >> 31u);
      system[t * COLUMNS + c] = vec2u(low, high + select(0u, 1u, low < rest));
    }
  }
}

/// b̂: −e_ρ, ĥ_T, δ_T, or c_{ρ−k+1} for the bits of T.
fn put_right(k: u32, against: u32) {
  for (var t = 0u; t < RHO; t++) {
    var entry = vec2u(0u, select(0u, MINUS_ONE, t == RHO - 1u));
    if (against == OFFSETS) { entry = pair_at(plane(subset[t]) + OFFSET); }
    if (against == PERTURBATION) { entry.y = delta(subset[t]); }
    if (against == OWN) { entry.y = direction(RHO - k, t); }
    system[t * COLUMNS + RHO] = entry;
  }
}

/// Decides undecided signs at the point. Those of centred hyperplanes at a point that is exactly 0 follow from the
/// perturbation, at the point of δ_T.
fn decide(item: u32, against: u32, centred: bool) {
  for (var w = 0u; w < WORDS; w++) {
    var rest = layout.$.undecided[item * WORDS + w];
    while (rest != 0u) {
      let j = w * 32u + firstTrailingBit(rest);
      rest &= rest - 1u;
      if (centred && is_centred(j) != (against == PERTURBATION)) { continue; }
      let at = plane(j);
      var offset = vec2u();
      if (against == OFFSETS) { offset = pair_at(at + OFFSET); }
      if (against == PERTURBATION) { offset = vec2u(0u, delta(j)); }
      let side = side_of(at, layout.$.integers[at + NORM], offset, select(0u, OFFSET_ERROR, against == OFFSETS));
      if (side != 0) { mark(item, j, side > 0); }
    }
  }
}

/// Bits of the subset's own hyperplanes: signs of w, Bᵀw = c_{ρ−k+1}; false if one is not decided.
fn own_bits(item: u32, k: u32) -> bool {
  for (var t = 0u; t < k; t++) {
    if (sign_of(t) == 0) { return false; }
  }
  for (var t = 0u; t < k; t++) { mark(item, subset[t], sign_of(t) > 0); }
  return true;
}

/// Sets bit j, as decided.
fn mark(item: u32, j: u32, above: bool) {
  let at = item * WORDS + (j >> 5u);
  let bit = 1u << (j & 31u);
  layout.$.positive[at] = (layout.$.positive[at] & ~bit) | select(0u, bit, above);
  layout.$.undecided[at] &= ~bit;
}
