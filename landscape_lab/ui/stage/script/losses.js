// @ts-check
/* Losses over examples, which add their terms in NumPy's order. */

/** @import { Loss, Model, Numbers, Rows, RowsSpec } from "./engine.js" */

/**
 * The mean loss of a model over examples, plus half of `ridge` times the squared parameters.
 * @implements {Loss}
 */
export class MeanLoss {
  /**
   * @param {Model} model
   * @param {Rows} rows
   */
  constructor(model, rows) {
    this.model = model;
    this.rows = rows;
    /** @type {Int32Array} */
    this.which = Int32Array.from(rows.target, (_, i) => i);
    this.terms = [0, 1, 2].map(() => new Float64Array(rows.target.length));
    this.each = [0, 0, 0];
  }

  /** The same on these examples alone. @param {Int32Array} which */
  on(which) {
    this.which = which;
    return this;
  }

  /** @param {number} x @param {number} y */
  value(x, y) {
    const { a, b, target, ridge } = this.rows;
    this.which.forEach((row, i) => (this.terms[0][i] = this.model.loss(x, y, a[row], b[row], target[row])));
    const mean = this.#mean(0);
    return ridge[0] || ridge[1] ? mean + (ridge[0] * x * x + ridge[1] * y * y) / 2 : mean;
  }

  /** @param {number} x @param {number} y @param {Numbers} out */
  gradient(x, y, out) {
    this.#fill(this.model.slopes, x, y, 2);
    const { ridge } = this.rows;
    out[0] = this.#mean(0);
    out[1] = this.#mean(1);
    if (ridge[0] || ridge[1]) {
      out[0] += ridge[0] * x;
      out[1] += ridge[1] * y;
    }
    return out;
  }

  /** @param {number} x @param {number} y @param {Numbers} out */
  hessian(x, y, out) {
    this.#fill(this.model.curvatures, x, y, 3);
    const { ridge } = this.rows;
    out[0] = this.#mean(0) + ridge[0];
    out[1] = out[2] = this.#mean(1);
    out[3] = this.#mean(2) + ridge[1];
    return out;
  }

  /** @param {Model["slopes"]} derivatives @param {number} x @param {number} y @param {number} many */
  #fill(derivatives, x, y, many) {
    const { a, b, target } = this.rows;
    for (let i = 0; i < this.which.length; i++) {
      const row = this.which[i];
      derivatives(x, y, a[row], b[row], target[row], this.each);
      for (let k = 0; k < many; k++) this.terms[k][i] = this.each[k];
    }
  }

  /** The mean of some terms, with their weights if they have some. @param {number} k */
  #mean(k) {
    const terms = this.terms[k];
    const { weight } = this.rows;
    const n = this.which.length;
    if (!weight) return total(terms, 0, n) / n;
    for (let i = 0; i < n; i++) terms[i] *= weight[this.which[i]];
    return total(terms, 0, n);
  }
}

/**
 * lowest + |R (theta - minimum)|^2 with R upper triangular, as landscapes/mean_loss.py has it.
 * @param {number[]} numbers lowest, the minimum, R, and the Hessian
 * @returns {Loss}
 */
export function quadraticLoss([lowest, u, v, a, b, d, xx, xy, yy]) {
  return {
    value(x, y) {
      const p = a * (x - u) + b * (y - v), q = d * (y - v);
      return lowest + (p * p + q * q);
    },
    gradient(x, y, out) {
      const p = a * (x - u) + b * (y - v), q = d * (y - v);
      out[0] = 2 * a * p;
      out[1] = 2 * b * p + 2 * d * q;
      return out;
    },
    hessian(_x, _y, out) {
      [out[0], out[1], out[2], out[3]] = [xx, xy, xy, yy];
      return out;
    },
  };
}

/**
 * A sum in NumPy's order: eight at a time, in blocks of up to 128.
 * @param {Float64Array} terms
 * @param {number} from
 * @param {number} n
 * @returns {number}
 */
function total(terms, from, n) {
  if (n > 128) {
    const half = (n >> 1) - ((n >> 1) % 8);
    return total(terms, from, half) + total(terms, from + half, n - half);
  }
  let sum = 0, i = 0;
  if (n >= 8) {
    const r = terms.slice(from, from + 8);
    for (i = 8; i < n - (n % 8); i++) r[i % 8] += terms[from + i];
    sum = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
  }
  for (; i < n; i++) sum += terms[from + i];
  return sum;
}

/** @param {RowsSpec} rows @returns {Rows} */
export function examplesOf({ a, b, target, weight, ridge, quadratic }) {
  return { a: doubles(a), b: doubles(b), target: doubles(target), weight: weight && doubles(weight), ridge, quadratic };
}

/** Bytes as the float64 that they are. @param {Uint8Array} bytes */
export function doubles(bytes) {
  return new Float64Array(bytes.slice().buffer);
}
