const fill = (template, values) => template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

const escapeHtml = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const superscript = (power) => String(power).replace(/[-0-9]/g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);

/** A formatted number as a book has it: a true minus sign, and powers of ten in small digits. */
function printed(number) {
  const [digits, power] = number.split("e");
  return digits.replace("-", "−") + (power ? `\u202f×\u202f10${superscript(Number(power))}` : "");
}

/** Four significant digits as a book has them, with no noise of zeros. */
function showNumber(value) {
  if (Number.isNaN(value) || value === undefined) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const wide = size !== 0 && (size < 1e-3 || size >= 1e5);
  const [digits, power] = wide ? value.toExponential(3).split("e") : [value.toPrecision(4)];
  return printed(String(Number(digits)) + (wide ? `e${power}` : ""));
}

/** A coordinate of the start with six significant digits of the domain's size: a short link and a steady cache key. */
function roundTo(value, size) {
  const quantum = 10 ** (Math.floor(Math.log10(size)) - 5);
  return Number((Math.round(value / quantum) * quantum).toPrecision(12));
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const mix = (a, b, part) => a + (b - a) * part;

/** Whole decades between the ticks of a logarithmic axis that spans several; 1, 2 and 5 of one or two, for all digits
    would lie on one another; on a short one Plotly's choice. Numbers are written out, for it would print bare digits, and
    powers of ten a quarter larger than it was told. */
function lossTicks({ type, range: [low, high] }) {
  if (type !== "log") return { dtick: null, tickformat: "", size: FONT_SIZE };
  if (high - low > 2) return { dtick: Math.ceil((high - low) / 8), tickformat: "", size: FONT_SIZE / 1.25 };
  return { dtick: high - low > 0.9 ? "D2" : null, tickformat: "~g", size: FONT_SIZE };
}
