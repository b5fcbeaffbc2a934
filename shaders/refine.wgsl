// A second look, in integers, at the masks that solve leaves open (docs/design.md#a-second-look-in-integers). The twin
// is src/cpu/refine/refiner.ts, to the bit.
//
// integers holds for each model what src/stages/integer-model.ts says. A record of results becomes the verdict and the
// low words of the point.

const PLANES = BASE + 2u * SYSTEM;
const ROW = 2u * SYSTEM;
const STRIDE = ROW + R + 3u;

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

/// −1 if the candidate is surely outside the mask's side of hyperplane j, 1 if surely inside, else 0.
fn side(record: u32, data: u32, j: u32) -> i32 {
  let at = data + PLANES + j * STRIDE + ROW;
  let above = side_of(at, layout.$.integers[at + R + 2u], pair_at(at + R), OFFSET_ERROR);
  let on = ((layout.$.unique[record + (j >> 5u)] >> (j & 31u)) & 1u) != 0u;
  return select(-above, above, on);
}
