// The box filter: which boxes surely hold no zero of G, one thread a box, all units anew. The twin is src/cpu/filter-boxes.ts, the bounds are
// those of src/bounds/boxes.ts.
//
// rows holds for each unit u (R), v (R), b0, b1; base holds M (R×R), k (R), and the error bounds of matrices (R×R) and constants (R). A row of
// boxes is a centre (R) and half-widths (R), one of results a verdict, undecided units, the nearness and the spread (R).

const SQUARE = R * R;
const CONSTANT = SQUARE;
const MATRIX_ERROR = SQUARE + R;
const CONSTANT_ERROR = 2u * SQUARE + R;
const UNIT_STRIDE = 2u * R + 2u;

var<private> c: array<f32, R>;
var<private> r: array<f32, R>;
// r with the rounding of u·c
var<private> reach: array<f32, R>;
var<private> A: array<f32, SQUARE>;
var<private> G: array<f32, R>;
var<private> Q: array<f32, R>;
var<private> W: array<f32, SQUARE>;
var<private> E: array<f32, R>;
var<private> y: array<f32, R>;
var<private> spread_of: array<f32, R>;

struct Band { slope: f32, value: f32, width: f32, open: bool }

@compute @workgroup_size(WORKGROUP)
fn filter_boxes(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * WORKGROUP;
  let units = layout.$.params.units;
  if (i >= layout.$.params.boxes) { return; }
  /* unroll */ for (var k = 0u; k < R; k++) {
    c[k] = layout.$.boxes[2u * R * i + k];
    r[k] = layout.$.boxes[2u * R * i + R + k];
    reach[k] = r[k] + PROJECTION * (abs(c[k]) + r[k]);
  }
  var undecided = 0u;
  for (var j = 0u; j < units; j++) {
    if (add_unit(j * UNIT_STRIDE)) { undecided++; }
  }
  let by_rows = complete();
  let functional = find_functional();
  var width = 0.0;
  if (functional) {
    for (var j = 0u; j < units; j++) { width += width_along(j * UNIT_STRIDE); }
  }

  var value = 0.0;
  var spread = width;
  var error = 0.0;
  var nearness = 1.0;
  var empty = by_rows;
  if (functional) {
    /* unroll */ for (var n = 0u; n < R; n++) {
      value += y[n] * G[n];
      error += abs(y[n]) * E[n];
    }
    /* unroll */ for (var n = 0u; n < R; n++) {
      var sum = 0.0;
      /* unroll */ for (var k = 0u; k < R; k++) { sum += y[k] * A[k * R + n]; }
      spread += abs(sum) * r[n];
    }
    let all = spread + error;
    nearness = abs(value) / all;
    empty = empty || abs(value) > all;
  } else {
    // some row must speak for all
    /* unroll */ for (var n = 0u; n < R; n++) {
      spread += Q[n];
      error += E[n];
    }
  }

  let to = i * (R + 3u);
  layout.$.results[to] = select(0u, EMPTY, empty) | select(0u, BLURRED, error > BLUR * spread);
  layout.$.results[to + 1u] = undecided;
  layout.$.results[to + 2u] = bitcast<u32>(nearness);
  /* unroll */ for (var k = 0u; k < R; k++) { layout.$.results[to + 3u + k] = bitcast<u32>(spread_of[k]); }
}

/// The narrowest band between parallel lines round φ on the box, as in src/search/simple-units.ts; open if φ has more than one piece there.
fn band_of(row: u32) -> Band {
  var x = 0.0;
  var p = 0.0;
  /* unroll */ for (var k = 0u; k < R; k++) {
    x += layout.$.rows[row + k] * c[k];
    p += abs(layout.$.rows[row + k]) * reach[k];
  }
  let low = x - p;
  let high = x + p;
  let b0 = layout.$.rows[row + 2u * R];
  let b1 = layout.$.rows[row + 2u * R + 1u];
  let bottom = min(max(low, b0), b1);
  let top = max(min(high, b1), b0);
  let middle = top - bottom;
  let outside = max(bottom - low, high - top);
  let slope = middle / max(middle + outside, TINY);
  let width = 0.5 * (slope * outside);
  let value = (bottom - b0) + (slope * (x - bottom) + width);
  return Band(slope, value, width, (low < b0 && high > b0) || (low < b1 && high > b1));
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
    Q[i] += abs(w);
    /* unroll */ for (var n = 0u; n < R; n++) { A[i * R + n] += t * layout.$.rows[row + n]; }
    /* unroll */ for (var n = 0u; n < i + 1u; n++) { W[i * R + n] += w * (layout.$.rows[row + R + n] * band.width); }
  }
  /* unroll */ for (var k = 0u; k < R; k++) { spread_of[k] += weight * abs(layout.$.rows[row + k]); }
  return band.open;
}

/// Adds M, k and the bounds E; true if some component of G is surely not zero.
fn complete() -> bool {
  var excluded = false;
  /* unroll */ for (var i = 0u; i < R; i++) {
    var value = G[i] + layout.$.base[CONSTANT + i];
    var spread = Q[i];
    var error = layout.$.base[CONSTANT_ERROR + i];
    /* unroll */ for (var n = 0u; n < R; n++) {
      let m = layout.$.base[i * R + n];
      A[i * R + n] += m;
      value += m * c[n];
      spread += abs(A[i * R + n]) * r[n];
      error += layout.$.base[MATRIX_ERROR + i * R + n] * (abs(c[n]) + r[n]);
    }
    G[i] = value;
    E[i] = error;
    excluded = excluded || abs(value) > spread + error;
  }
  return excluded;
}

/// y = W⁻¹Ĝ, of which the largest component is 1, for W = RIDGE·Σ w² v vᵀ + Â diag(r²) Âᵀ with its diagonal scaled to 1. False if there is
/// none; any other y would do as well for the proof.
fn find_functional() -> bool {
  var scale: array<f32, R>;
  /* unroll */ for (var i = 0u; i < R; i++) {
    /* unroll */ for (var n = 0u; n < i + 1u; n++) {
      var sum = RIDGE * W[i * R + n];
      /* unroll */ for (var a = 0u; a < R; a++) { sum += (A[i * R + a] * r[a]) * (A[n * R + a] * r[a]); }
      W[i * R + n] = sum;
    }
    if (!(W[i * R + i] >= SMALLEST_ROW)) { return false; }
    scale[i] = 1.0 / sqrt(W[i * R + i]);
  }
  /* unroll */ for (var i = 0u; i < R; i++) {
    /* unroll */ for (var n = 0u; n < i; n++) { W[i * R + n] = (W[i * R + n] * scale[i]) * scale[n]; }
    W[i * R + i] = 1.0 + REGULARISER;
  }
  // L of W = L Lᵀ below the diagonal, which keeps 1/l
  /* unroll */ for (var k = 0u; k < R; k++) {
    var pivot = W[k * R + k];
    /* unroll */ for (var n = 0u; n < k; n++) { pivot -= W[k * R + n] * W[k * R + n]; }
    if (!(pivot >= 0.25 * REGULARISER)) { return false; }
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
    if (!(abs(y[i]) <= LARGEST_FUNCTIONAL)) { return false; }
  }
  /* unroll */ for (var back = 0u; back < R; back++) {
    var sum = y[R - 1u - back];
    /* unroll */ for (var n = R - back; n < R; n++) { sum -= W[n * R + (R - 1u - back)] * y[n]; }
    y[R - 1u - back] = sum * W[SQUARE - 1u - back * (R + 1u)];
    if (!(abs(y[R - 1u - back]) <= LARGEST_FUNCTIONAL)) { return false; }
  }
  var largest = 0.0;
  /* unroll */ for (var i = 0u; i < R; i++) {
    y[i] *= scale[i];
    largest = max(largest, abs(y[i]));
  }
  if (!(largest >= SMALLEST_ROW)) { return false; }
  /* unroll */ for (var i = 0u; i < R; i++) { y[i] /= largest; }
  return true;
}

/// |y·v| w.
fn width_along(row: u32) -> f32 {
  let band = band_of(row);
  var t = 0.0;
  /* unroll */ for (var i = 0u; i < R; i++) { t += y[i] * layout.$.rows[row + R + i]; }
  return abs(t) * band.width;
}
