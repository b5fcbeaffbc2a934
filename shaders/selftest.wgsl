// Start-up check of the arithmetic that the error bounds of the stages assume; judged in src/gpu/self-test.ts.
//
// For each pair (x, y) it writes TEST_RESULTS numbers: x + y, x − y, x·y, x / y, the sum of TERMS products x_i·y_i from
// this pair on, and as an integer the comparisons x < y, x <= y, |x| > |y| as three bits.

@compute @workgroup_size(WORKGROUP)
fn selftest(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let count = arrayLength(&layout.$.pairs);
  if (i >= count) { return; }
  let x = layout.$.pairs[i].x;
  let y = layout.$.pairs[i].y;
  var sum = 0.0;
  for (var t = 0u; t < TERMS; t++) {
    let pair = layout.$.pairs[(i + t) % count];
    sum += pair.x * pair.y;
  }
  let to = i * TEST_RESULTS;
  layout.$.results[to] = bitcast<u32>(x + y);
  layout.$.results[to + 1u] = bitcast<u32>(x - y);
  layout.$.results[to + 2u] = bitcast<u32>(x * y);
  layout.$.results[to + 3u] = bitcast<u32>(x / y);
  layout.$.results[to + 4u] = bitcast<u32>(sum);
  layout.$.results[to + 5u] = select(0u, 1u, x < y) | select(0u, 2u, x <= y) | select(0u, 4u, abs(x) > abs(y));
}
