// Between the rounds of the search on a device: where the parts of each box of the slab go, by a prefix sum, what the
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
  for (var i = first; i < last; i++) {
    let at = i * ANSWER_STRIDE;
    let kind = layout.$.answers[at + KIND];
    let depth = DEPTHS + min(layout.$.answers[at + RECORD + DEPTH], LAST_DEPTH);
    let counts = STATE_WORDS + COUNT_WORDS * layout.$.answers[at + RECORD + SYSTEM];
    atomicAdd(&layout.$.state[counts + BOXES], 1u);
    atomicAdd(&layout.$.state[counts + EVALUATIONS], layout.$.answers[at + LOOKED]);
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
      atomicAdd(&layout.$.state[counts + SIEVED], gone);
      atomicAdd(&layout.$.state[counts + PART_EVALUATIONS], layout.$.answers[at + RECORD + COUNT] << halvings);
      atomicAdd(&layout.$.state[depth], gone);
    }
  }
  parts_before[lane] = parts;
  kept_before[lane] = kept;
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
    let record = STATE_WORDS + COUNT_WORDS * layout.$.params.systems;
    for (var word = lane; word < STRIDE; word += LANES) {
      atomicStore(&layout.$.state[record + word], layout.$.answers[audited * ANSWER_STRIDE + RECORD + word]);
    }
  }
  storageBarrier();
  workgroupBarrier();
  if (lane < LANES - 1u) { return; }
  // the last invocation's places end the boxes
  atomicStore(&layout.$.state[TOP], to);
  atomicStore(&layout.$.state[KEPT_COUNT], kept_to);
  if (slab > 0u) {
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
