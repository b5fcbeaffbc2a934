// Stage 2: the masks of each item. The twin is src/cpu/expand.ts.
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
