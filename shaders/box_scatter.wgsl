// Puts the parts of the boxes of a slab on the stack, and boxes that are kept to the others of the launch, each where
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
