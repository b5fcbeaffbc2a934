// Stage 4: the candidate of each unique mask, (M + VᵀDU) z = VᵀDh + g, and its verdict. The twin is src/cpu/solve.ts.
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
  // what is left open gets a second look, as far as there is room for it
  if ((verdict == UNDECIDED || verdict == SINGULAR) && layout.$.params.openCapacity != 0u) {
    let at = atomicAdd(&layout.$.counters.open, 1u);
    if (at < layout.$.params.openCapacity) {
      layout.$.open[at] = i;
      return;
    }
  }
  hand_over(i, record, verdict);
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
