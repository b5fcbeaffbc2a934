// An approximate inverse in integers alone, so that every machine computes the same one to the bit. A number is
// (m, e) for m·2^e with 2^30 ≤ |m| < 2^31, or (0, 0). Nothing is proved of them: whoever takes the inverse looks at its
// residual. The twin is src/cpu/refine/rough.ts.

/// DIM×2·DIM.
var<private> elimination: array<vec2i, 2u * SQUARE>;

/// m·2^e; 0 where e is too large, so that no exponent overflows.
fn rough(m: i32, e: i32) -> vec2i {
  if (m == 0 || abs(e) > i32(LARGEST_EXPONENT)) { return vec2i(0, 0); }
  return vec2i(m, e);
}

/// The leading 31 bits of an integer of 64.
fn rough_pair(a: vec2u) -> vec2i {
  let size = pair_magnitude(a);
  let e = i32(bits_of(vec3u(size, 0u))) - 31;
  var m = 0u;
  if (e <= -31) { return vec2i(0, 0); }
  if (e <= 0) {
    m = size.x << u32(-e);
  } else if (e < 32) {
    m = (size.x >> u32(e)) | (size.y << u32(32 - e));
  } else {
    m = size.y >> u32(e - 32);
  }
  return rough(select(i32(m), -i32(m), (a.y >> 31u) == 1u), e);
}

fn is_larger(a: vec2i, b: vec2i) -> bool {
  if (a.x == 0 || b.x == 0) { return a.x != 0; }
  return a.y > b.y || (a.y == b.y && abs(a.x) > abs(b.x));
}

/// The product of two mantissas over 2^31, cut off: 0, or between 2^29 and 2^31 in magnitude.
fn rough_product(a: i32, b: i32) -> i32 {
  let p = u32(abs(a));
  let q = u32(abs(b));
  let size = i32((high_word(p, q) << 1u) | ((p * q) >> 31u));
  return select(size, -size, (a < 0) != (b < 0));
}

fn shift_of(m: i32) -> i32 {
  return select(i32(countLeadingZeros(u32(abs(m)))) - 1, 0, m == 0);
}

/// m with its leading bit at 2^30.
fn normal(m: i32) -> i32 {
  let size = i32(u32(abs(m)) << u32(shift_of(m)));
  return select(size, -size, m < 0);
}

fn rough_times(a: vec2i, b: vec2i) -> vec2i {
  let product = rough_product(a.x, b.x);
  return rough(normal(product), a.y + b.y + 31 - shift_of(product));
}

/// a − b·factor.
fn rough_minus(a: vec2i, b: vec2i, factor: vec2i) -> vec2i {
  let product = rough_product(b.x, factor.x);
  if (product == 0) { return a; }
  let m = normal(product);
  let e = b.y + factor.y + 31 - shift_of(product);
  let apart = a.y - e;
  if (a.x == 0 || apart < -31) { return rough(-m, e); }
  if (apart > 31) { return a; }
  // halves, so that their difference has 31 bits
  var difference = 0;
  if (apart >= 0) {
    difference = (a.x >> 1u) - ((m >> 1u) >> u32(apart));
  } else {
    difference = ((a.x >> 1u) >> u32(-apart)) - (m >> 1u);
  }
  return rough(normal(difference), max(a.y, e) + 1 - shift_of(difference));
}

/// 1/a, cut off.
fn rough_reciprocal(a: vec2i) -> vec2i {
  let m = u32(abs(a.x));
  var rest = 0x40000000u;
  var quotient = 0u;
  for (var i = 0u; i < 31u; i++) {
    rest = rest << 1u;
    let fits = rest >= m;
    rest -= select(0u, m, fits);
    quotient = (quotient << 1u) | select(0u, 1u, fits);
  }
  return vec2i(select(i32(quotient), -i32(quotient), a.x < 0), -61 - a.y);
}

/// Turns [W | 0] in elimination into [I | X] with X ≈ W⁻¹, by Gauss–Jordan elimination with partial pivoting; false if
/// a pivot is 0.
fn rough_inverse() -> bool {
  let columns = 2u * DIM;
  for (var i = 0u; i < DIM; i++) {
    for (var k = DIM; k < columns; k++) {
      elimination[i * columns + k] = rough(select(0, 0x40000000, k == DIM + i), -30);
    }
  }
  for (var c = 0u; c < DIM; c++) {
    let top = c * columns;
    var largest = top;
    for (var row = top + columns; row < DIM * columns; row += columns) {
      if (is_larger(elimination[row + c], elimination[largest + c])) { largest = row; }
    }
    if (elimination[largest + c].x == 0) { return false; }
    let scale = rough_reciprocal(elimination[largest + c]);
    for (var k = c; k < columns; k++) {
      let entry = elimination[largest + k];
      elimination[largest + k] = elimination[top + k];
      elimination[top + k] = rough_times(entry, scale);
    }
    for (var row = 0u; row < DIM * columns; row += columns) {
      let factor = elimination[row + c];
      if (row == top || factor.x == 0) { continue; }
      for (var k = c; k < columns; k++) {
        elimination[row + k] = rough_minus(elimination[row + k], elimination[top + k], factor);
      }
    }
  }
  return true;
}
