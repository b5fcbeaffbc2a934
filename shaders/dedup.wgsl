// Stage 3: unique masks, in two dispatches over the records that expand wrote. The twin is src/cpu/dedup.ts.
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
