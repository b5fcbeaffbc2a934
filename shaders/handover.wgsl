// Shared by solve and refine: masks that leave the device. A record of candidates is a verdict and a record of unique.

/// Hands record i of this batch over to the host, unless the verdict is "no". A random sample of "no" verdicts goes too,
/// for the audit.
fn hand_over(i: u32, record: u32, verdict: u32) {
  if (verdict == NO && sample(i) >= layout.$.params.auditThreshold) { return; }
  let to = atomicAdd(&layout.$.counters.candidates, 1u) * (MASK_STRIDE + 1u);
  layout.$.candidates[to] = verdict;
  for (var w = 0u; w < MASK_STRIDE; w++) { layout.$.candidates[to + 1u + w] = layout.$.unique[record + w]; }
}

fn sample(i: u32) -> u32 {
  var x = (i ^ layout.$.params.auditSeed) * 0x21f0aaadu;
  x = (x ^ (x >> 15u)) * 0x735a2d97u;
  return x ^ (x >> 15u);
}
