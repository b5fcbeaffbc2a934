// Shared by intersect and solve: X ≈ B⁻¹ with a bound on ‖I − XB‖. The twin is src/float/inverse.ts.
//
// WGSL need not have Inf and NaN, so no result may overflow: limit bounds every number of the elimination, by finite
// comparisons.

const SQUARE = DIM * DIM;

// DIM×DIM row-major.
var<private> B: array<f32, SQUARE>;
var<private> X: array<f32, SQUARE>;

/// X ≈ B⁻¹ by Gauss–Jordan elimination with partial pivoting; false if a pivot is too small or a number too large.
fn approximate_inverse() -> bool {
  var work = B;
  var limit = 1.0;
  /* unroll */ for (var i = 0u; i < SQUARE; i++) {
    X[i] = 0.0;
    limit = max(limit, abs(work[i]));
  }
  /* unroll */ for (var i = 0u; i < DIM; i++) { X[i * DIM + i] = 1.0; }

  /* unroll */ for (var c = 0u; c < DIM; c++) {
    // exchanges move the largest entry of the column up, so that all indices are constants once the loops are unrolled
    /* unroll */ for (var i = c + 1u; i < DIM; i++) {
      if (abs(work[i * DIM + c]) > abs(work[c * DIM + c])) {
        /* unroll */ for (var k = 0u; k < DIM; k++) {
          let b = work[c * DIM + k];
          work[c * DIM + k] = work[i * DIM + k];
          work[i * DIM + k] = b;
          let x = X[c * DIM + k];
          X[c * DIM + k] = X[i * DIM + k];
          X[i * DIM + k] = x;
        }
      }
    }
    let pivot = work[c * DIM + c];
    if (!(abs(pivot) >= SMALLEST_PIVOT)) { return false; }
    let scale = 1.0 / pivot;
    var row_largest = 0.0;
    var factor_largest = 0.0;
    /* unroll */ for (var k = 0u; k < DIM; k++) {
      work[c * DIM + k] *= scale;
      X[c * DIM + k] *= scale;
      row_largest = max(row_largest, max(abs(work[c * DIM + k]), abs(X[c * DIM + k])));
      if (k != c) { factor_largest = max(factor_largest, abs(work[k * DIM + c])); }
    }
    if (!(row_largest <= LARGEST_INVERSE)) { return false; }
    limit = max(limit, row_largest) + factor_largest * row_largest;
    if (!(limit <= LARGEST_INVERSE)) { return false; }
    /* unroll */ for (var i = 0u; i < DIM; i++) {
      if (i != c) {
        let factor = work[i * DIM + c];
        /* unroll */ for (var k = 0u; k < DIM; k++) {
          work[i * DIM + k] -= factor * work[c * DIM + k];
          X[i * DIM + k] -= factor * X[c * DIM + k];
        }
      }
    }
  }
  return true;
}

/// Sums over all entries of I − XB, as computed: |Σ X B − δ| and δ + Σ|X B|.
fn defect_sums() -> vec2f {
  var residual = 0.0;
  var magnitude = 0.0;
  /* unroll */ for (var i = 0u; i < DIM; i++) {
    /* unroll */ for (var j = 0u; j < DIM; j++) {
      var sum = select(0.0, -1.0, i == j);
      magnitude += select(0.0, 1.0, i == j);
      /* unroll */ for (var k = 0u; k < DIM; k++) {
        let product = X[i * DIM + k] * B[k * DIM + j];
        sum += product;
        magnitude += abs(product);
      }
      residual += abs(sum);
    }
  }
  return vec2f(residual, magnitude);
}

/// The bound q of src/float/inverse.ts from the sums of both parts, residual with the spread of entry errors in it.
fn defect_bound(residual: f32, magnitude: f32) -> f32 {
  return (residual + GAMMA_DEFECT * magnitude + f32(SQUARE) * TINY) * SLACK;
}

/// Error of each component of a point X·rhs, from the largest component and the largest spread of the sum; negative if
/// the bound does not hold.
fn point_error(q: f32, size: f32, spread: f32) -> f32 {
  if (!(size <= HUGE && spread <= HUGE)) { return -1.0; }
  return ((q * size + spread) / (1.0 - q) + GAMMA_POINT * size) * SLACK + TINY;
}
