// @ts-check
import { partOf, valueAt } from "../../stage/script/knob_range.js";
import { clamp, printed, superscript } from "../../stage/script/words.js";

/** @import { KnobRange } from "../../stage/script/knob_range.js" */

/**
 * Round numbers on an axis, about as many as there is room for.
 * @param {KnobRange} axis
 * @param {number} most
 * @returns {{ part: number, text: string }[]}
 */
export function mapTicks(axis, most) {
  const { low, high, scale } = axis;
  if (scale === "log" && high / low > 20) {
    const first = Math.ceil(Math.log10(low) - 1e-9);
    const last = Math.floor(Math.log10(high) + 1e-9);
    const stride = Math.max(1, Math.ceil((last - first + 1) / most));
    const ticks = [];
    for (let power = first; power <= last; power += stride) {
      const text = power < -3 || power > 4 ? `10${superscript(power)}` : String(Number(`1e${power}`));
      ticks.push({ part: partOf(axis, 10 ** power), text });
    }
    return ticks;
  }
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((nice) => nice * power >= rough * 0.999) ?? 10);
  const digits = Math.max(0, Math.min(18, -Math.floor(Math.log10(step) + 1e-9)));
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step && ticks.length < 40; i++) {
    const value = i * step;
    const short = digits > 18 || Math.abs(value) >= 1e6;
    ticks.push({ part: partOf(axis, value), text: printed(short ? String(Number(value.toPrecision(6))) : value.toFixed(digits)) });
  }
  return ticks;
}

/**
 * As many digits of a value as distinguish its cell from the next one.
 * @param {KnobRange} axis
 * @param {number} value
 * @param {number} cells
 */
export function valueText(axis, value, cells) {
  const width = Math.abs(valueAt(axis, 0.5 + 0.5 / cells) - valueAt(axis, 0.5 - 0.5 / cells));
  const digits = Math.ceil(Math.log10(Math.abs(value) / width)) + 2;
  return printed(String(Number(value.toPrecision(clamp(digits || 4, 4, 17)))));
}
