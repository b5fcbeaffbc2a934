// Signed integers of 96 bits in two's complement, low word first. Unsigned arithmetic wraps in WGSL, so nothing is
// rounded. The twin is src/cpu/refine/wide.ts.

/// The high word of a·b, from products of 16-bit halves.
fn high_word(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let p = a0 * b1;
  let q = a1 * b0;
  let middle = ((a0 * b0) >> 16u) + (p & 0xffffu) + (q & 0xffffu);
  return a1 * b1 + (p >> 16u) + (q >> 16u) + (middle >> 16u);
}

fn is_negative(a: vec3u) -> bool {
  return (a.z >> 31u) == 1u;
}

fn wide_sum(a: vec3u, b: vec3u) -> vec3u {
  let low = a.x + b.x;
  let half = a.y + b.y;
  let middle = half + select(0u, 1u, low < b.x);
  return vec3u(low, middle, a.z + b.z + select(0u, 1u, half < b.y) + select(0u, 1u, middle < half));
}

fn negated(a: vec3u) -> vec3u {
  return wide_sum(~a, vec3u(1u, 0u, 0u));
}

fn magnitude_of(a: vec3u) -> vec3u {
  if (is_negative(a)) { return negated(a); }
  return a;
}

/// A signed integer of 64 bits.
fn widened(a: vec2u) -> vec3u {
  return vec3u(a, select(0u, 0xffffffffu, (a.y >> 31u) == 1u));
}

/// The magnitude of a signed integer of 64 bits.
fn pair_magnitude(a: vec2u) -> vec2u {
  if ((a.y >> 31u) == 0u) { return a; }
  let low = ~a.x + 1u;
  return vec2u(low, ~a.y + select(0u, 1u, low == 0u));
}

/// a·b for a signed word a and a signed integer b of 64 bits.
fn wide_product(a: i32, b: vec2u) -> vec3u {
  let size = u32(abs(a));
  let other = pair_magnitude(b);
  let product = size * other.y;
  let middle = product + high_word(size, other.x);
  let result = vec3u(size * other.x, middle, high_word(size, other.y) + select(0u, 1u, middle < product));
  if ((a < 0) != ((b.y >> 31u) == 1u)) { return negated(result); }
  return result;
}

/// ⌊a / 2^by⌋, 0 ≤ by < 96.
fn shifted_right(a: vec3u, by: u32) -> vec3u {
  let sign = select(0u, 0xffffffffu, is_negative(a));
  var words = a;
  if (by >= 64u) { words = vec3u(a.z, sign, sign); } else if (by >= 32u) { words = vec3u(a.y, a.z, sign); }
  let bits = by & 31u;
  if (bits == 0u) { return words; }
  let rest = 32u - bits;
  return vec3u(
    (words.x >> bits) | (words.y << rest),
    (words.y >> bits) | (words.z << rest),
    (words.z >> bits) | (sign << rest),
  );
}

/// a·2^by, 0 ≤ by < 96.
fn shifted_left(a: vec3u, by: u32) -> vec3u {
  var words = a;
  if (by >= 64u) { words = vec3u(0u, 0u, a.x); } else if (by >= 32u) { words = vec3u(0u, a.x, a.y); }
  let bits = by & 31u;
  if (bits == 0u) { return words; }
  let rest = 32u - bits;
  return vec3u(words.x << bits, (words.y << bits) | (words.x >> rest), (words.z << bits) | (words.y >> rest));
}

/// Bits of a number that is not negative.
fn bits_of(a: vec3u) -> u32 {
  if (a.z != 0u) { return 96u - countLeadingZeros(a.z); }
  if (a.y != 0u) { return 64u - countLeadingZeros(a.y); }
  return 32u - countLeadingZeros(a.x);
}
