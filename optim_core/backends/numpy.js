// NumPy's functions of single numbers, by NumPy's names: the head of every module that optim_core/backends/javascript.py writes.
// What IEEE 754 does not fix (powers, sines) may differ from NumPy's in the last bits; everything else may not.

const { sqrt, sin, cos, tan, exp, log, sinh, cosh, tanh, log2, log10, log1p, expm1, cbrt, floor, ceil, trunc } = Math;
const { abs: absolute, asin: arcsin, acos: arccos, atan: arctan, asinh: arcsinh, acosh: arccosh } = Math;
const { atanh: arctanh, atan2: arctan2 } = Math;

const square = (a) => a * a;
const sign = (a) => (a > 0 ? 1 : a < 0 ? -1 : a === 0 ? 0 : a);
const maximum = (a, b) => (a > b || a !== a ? a : b);
const minimum = (a, b) => (a < b || a !== a ? a : b);

/** As C has it: 1 to any power is 1, and so is -1 to an infinite one. */
function power(a, b) {
  if (a === 1 || (a === -1 && absolute(b) === Infinity)) return 1;
  return b === 2 ? a * a : b === 0.5 && a > 0 ? sqrt(a) : Math.pow(a, b);
}

/** The remainder with the sign of the divisor. */
function remainder(a, b) {
  const r = a % b;
  if (r !== 0) return r < 0 !== b < 0 ? r + b : r;
  return b < 0 ? -0 : 0;
}

/** The nearest whole number, and from halves the even one. */
const rint = (a) => (absolute(a - trunc(a)) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a));

function logaddexp(a, b) {
  if (a === b) return a + Math.LN2; // also of infinities, whose difference is not a number
  const d = a - b;
  return d > 0 ? a + log1p(exp(-d)) : b + log1p(exp(d));
}

/** sqrt(a^2 + b^2), correctly rounded except for ties that are closer than 2^-100; no square overflows or vanishes. */
function hypot(a, b) {
  let large = absolute(a), small = absolute(b);
  if (large === Infinity || small === Infinity) return Infinity;
  if (small > large) [large, small] = [small, large];
  if (!(small > large * 2 ** -54)) return large + small; // also of what is not a number
  const scale = large > 2 ** 500 ? 2 ** 600 : small < 2 ** -450 ? 2 ** -600 : 1;
  large /= scale;
  small /= scale;
  const h = sqrt(large * large + small * small);
  // The rest large^2 + small^2 - h^2, exact except for its own rounding, corrects the root by less than its last bit.
  const [p, q, r] = [squared(large), squared(small), squared(h)];
  return (h + (p[0] - r[0] + q[0] + (p[1] - r[1] + q[1])) / (2 * h)) * scale;
}

/** a^2 as a sum of two numbers, the first of them rounded (Dekker 1971). */
function squared(a) {
  const c = 134217729 * a, high = c - (c - a), low = a - high, p = a * a;
  return [p, high * high - p + 2 * high * low + low * low];
}
