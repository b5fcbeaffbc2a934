// The box filter: finds boxes that surely hold no zero of G. Each thread takes a box and decides all its units. The
// twin is src/cpu/filter-boxes.ts. The bounds and their proof are in src/bounds/boxes.ts.
//
// rows holds for each unit u (R), v (R), b0, b1, K. base holds M (R×R), k (R), the errors that these add (R×R and R),
// and the factors for the errors of units and of spreads. A row of boxes is a centre (R) and half-widths (R). A row of
// results is a verdict, the number of undecided units, the nearness and the spread (R).

const SQUARE = R * R;
const CONSTANT = SQUARE;
const MATRIX_ERROR = SQUARE + R;
const CONSTANT_ERROR = 2u * SQUARE + R;
const UNIT_ERROR = 2u * SQUARE + 2u * R;
const SPREAD_ERROR = UNIT_ERROR + 1u;
const UNIT_STRIDE = 2u * R + 3u;

const FAILED = 0u;
const ZERO = 1u;
const FOUND = 2u;

var<private> c: array<f32, R>;
var<private> r: array<f32, R>;
// sums that only find a functional: their rounding errors do not matter to the proof
var<private> A: array<f32, SQUARE>;
var<private> G: array<f32, R>;
var<private> W: array<f32, SQUARE>;
var<private> y: array<f32, R>;
var<private> spread_of: array<f32, R>;
// sums of t·value, t·slope·u, |t|·width and T·m over all units, and over the units of one block
var<private> value: f32;
var<private> block_value: f32;
var<private> slopes: array<f32, R>;
var<private> block_slopes: array<f32, R>;
var<private> width: f32;
var<private> magnitude: f32;

struct Band { slope: f32, value: f32, width: f32, magnitude: f32, open: bool }

@compute @workgroup_size(WORKGROUP)
fn filter_boxes(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * WORKGROUP;
  let units = layout.$.params.units;
  if (i >= layout.$.params.boxes) { return; }
  /* unroll */ for (var k = 0u; k < R; k++) {
    c[k] = layout.$.boxes[2u * R * i + k];
    r[k] = layout.$.boxes[2u * R * i + R + k];
  }
  var undecided = 0u;
  for (var j = 0u; j < units; j++) {
    if (add_unit(j * UNIT_STRIDE)) { undecided++; }
  }
  // without a functional float32 decides nothing more
  var verdict = BLURRED;
  var nearness = 1.0;
  let found = find_functional();
  if (found == ZERO) { verdict = 0u; }
  if (found == FOUND) {
    for (var first = 0u; first < units; first += BLOCK) {
      let last = min(first + BLOCK, units);
      for (var j = first; j < last; j++) { add_along(j * UNIT_STRIDE); }
      end_block();
    }
    // the part of M and k is summed separately: each further sum adds a rounding to all its terms
    var spread = width;
    var error = layout.$.base[UNIT_ERROR] * magnitude;
    var rest = 0.0;
    /* unroll */ for (var k = 0u; k < R; k++) {
      var size = layout.$.base[CONSTANT_ERROR + k];
      /* unroll */ for (var n = 0u; n < R; n++) { size += layout.$.base[MATRIX_ERROR + k * R + n] * (abs(c[n]) + r[n]); }
      error += abs(y[k]) * size;
      rest += y[k] * layout.$.base[CONSTANT + k];
    }
    /* unroll */ for (var n = 0u; n < R; n++) {
      var slope = 0.0;
      /* unroll */ for (var k = 0u; k < R; k++) { slope += y[k] * layout.$.base[k * R + n]; }
      rest += slope * c[n];
      spread += abs(slopes[n] + hidden(slope)) * r[n];
    }
    value += hidden(rest);
    error = (error + layout.$.base[SPREAD_ERROR] * spread) * SLACK;
    nearness = abs(value) / (spread + error);
    verdict = select(0u, EMPTY, abs(value) > spread + error) | select(0u, BLURRED, error > BLUR * spread);
  }

  let to = i * (R + 3u);
  layout.$.results[to] = verdict;
  layout.$.results[to + 1u] = undecided;
  layout.$.results[to + 2u] = bitcast<u32>(nearness);
  /* unroll */ for (var k = 0u; k < R; k++) { layout.$.results[to + 3u + k] = bitcast<u32>(spread_of[k]); }
}

/// The narrowest band between parallel lines round φ on the box, as in src/search/simple-units.ts; open if φ has more
/// than one piece there.
fn band_of(row: u32) -> Band {
  var x = 0.0;
  var p = 0.0;
  var size = 0.0;
  /* unroll */ for (var k = 0u; k < R; k++) {
    let u = layout.$.rows[row + k];
    x += u * c[k];
    p += abs(u) * r[k];
    size += abs(u) * (abs(c[k]) + r[k]);
  }
  let b0 = layout.$.rows[row + 2u * R];
  let b1 = layout.$.rows[row + 2u * R + 1u];
  let kinks = layout.$.rows[row + 2u * R + 2u];
  p += PROJECTION * size + KINK * kinks;
  let low = x - p;
  let high = x + p;
  let bottom = min(max(low, b0), b1);
  let top = max(min(high, b1), b0);
  let middle = top - bottom;
  let outside = max(bottom - low, high - top);
  let slope = middle / max(middle + outside, TINY);
  let half = 0.5 * (slope * outside);
  let at_centre = (bottom - b0) + (slope * (x - bottom) + half);
  let large = ((bottom - b0) + slope * size) + (half + select(0.0, kinks, high > b0));
  return Band(slope, at_centre, half, large, (low < b0 && high > b0) || (low < b1 && high > b1));
}

/// Adds a unit to the sums; true if it is undecided.
fn add_unit(row: u32) -> bool {
  let band = band_of(row);
  var weight = 0.0;
  /* unroll */ for (var i = 0u; i < R; i++) {
    let v = layout.$.rows[row + R + i];
    let t = v * band.slope;
    let w = v * band.width;
    weight += abs(w);
    G[i] += v * band.value;
    /* unroll */ for (var n = 0u; n < R; n++) { A[i * R + n] += t * layout.$.rows[row + n]; }
    /* unroll */ for (var n = 0u; n < i + 1u; n++) { W[i * R + n] += w * (layout.$.rows[row + R + n] * band.width); }
  }
  /* unroll */ for (var k = 0u; k < R; k++) { spread_of[k] += weight * abs(layout.$.rows[row + k]); }
  return band.open;
}

/// y = W⁻¹Ĝ, scaled to a largest component of 1, for W = RIDGE·Σ w² v vᵀ + Â diag(r²) Âᵀ with its diagonal scaled to 1,
/// except for rows of zeros. Returns FOUND, ZERO if Ĝ is 0, or FAILED. The proof holds for every y.
fn find_functional() -> u32 {
  /* unroll */ for (var i = 0u; i < R; i++) {
    G[i] += layout.$.base[CONSTANT + i];
    /* unroll */ for (var n = 0u; n < R; n++) {
      A[i * R + n] += layout.$.base[i * R + n];
      G[i] += layout.$.base[i * R + n] * c[n];
    }
  }
  var scale: array<f32, R>;
  /* unroll */ for (var i = 0u; i < R; i++) {
    /* unroll */ for (var n = 0u; n < i + 1u; n++) {
      var sum = RIDGE * W[i * R + n];
      /* unroll */ for (var a = 0u; a < R; a++) { sum += (A[i * R + a] * r[a]) * (A[n * R + a] * r[a]); }
      W[i * R + n] = sum;
    }
    scale[i] = 0.0;
    if (W[i * R + i] >= SMALLEST_ROW) { scale[i] = 1.0 / sqrt(W[i * R + i]); }
  }
  /* unroll */ for (var i = 0u; i < R; i++) {
    /* unroll */ for (var n = 0u; n < i; n++) { W[i * R + n] = (W[i * R + n] * scale[i]) * scale[n]; }
    W[i * R + i] = 1.0 + REGULARISER;
  }
  // L of W = L Lᵀ below the diagonal, which keeps 1/l
  /* unroll */ for (var k = 0u; k < R; k++) {
    var pivot = W[k * R + k];
    /* unroll */ for (var n = 0u; n < k; n++) { pivot -= W[k * R + n] * W[k * R + n]; }
    if (!(pivot >= 0.25 * REGULARISER)) { return FAILED; }
    let inverse = 1.0 / sqrt(pivot);
    W[k * R + k] = inverse;
    /* unroll */ for (var i = k + 1u; i < R; i++) {
      var sum = W[i * R + k];
      /* unroll */ for (var n = 0u; n < k; n++) { sum -= W[i * R + n] * W[k * R + n]; }
      W[i * R + k] = sum * inverse;
    }
  }
  /* unroll */ for (var i = 0u; i < R; i++) {
    var sum = G[i] * scale[i];
    /* unroll */ for (var n = 0u; n < i; n++) { sum -= W[i * R + n] * y[n]; }
    y[i] = sum * W[i * R + i];
    if (!(abs(y[i]) <= LARGEST_FUNCTIONAL)) { return FAILED; }
  }
  /* unroll */ for (var back = 0u; back < R; back++) {
    var sum = y[R - 1u - back];
    /* unroll */ for (var n = R - back; n < R; n++) { sum -= W[n * R + (R - 1u - back)] * y[n]; }
    y[R - 1u - back] = sum * W[SQUARE - 1u - back * (R + 1u)];
    if (!(abs(y[R - 1u - back]) <= LARGEST_FUNCTIONAL)) { return FAILED; }
  }
  var largest = 0.0;
  /* unroll */ for (var i = 0u; i < R; i++) {
    y[i] *= scale[i];
    largest = max(largest, abs(y[i]));
  }
  if (!(largest >= SMALLEST_ROW)) { return ZERO; }
  /* unroll */ for (var i = 0u; i < R; i++) { y[i] /= largest; }
  return FOUND;
}

/// Adds a unit's part of y·G to the block's sums.
fn add_along(row: u32) {
  let band = band_of(row);
  var t = 0.0;
  var size = 0.0;
  /* unroll */ for (var i = 0u; i < R; i++) {
    let one = y[i] * layout.$.rows[row + R + i];
    t += one;
    size += abs(one);
  }
  block_value += t * band.value;
  width += abs(t) * band.width;
  magnitude += size * band.magnitude;
  let slope = t * band.slope;
  /* unroll */ for (var n = 0u; n < R; n++) { block_slopes[n] += slope * layout.$.rows[row + n]; }
}

/// Adds a block's sums to those of all units.
fn end_block() {
  value += hidden(block_value);
  block_value = 0.0;
  /* unroll */ for (var n = 0u; n < R; n++) {
    slopes[n] += hidden(block_slopes[n]);
    block_slopes[n] = 0.0;
  }
}

/// x, in a form that no compiler can simplify, so that the sums before and after it stay separate.
fn hidden(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ layout.$.params.zero);
}
