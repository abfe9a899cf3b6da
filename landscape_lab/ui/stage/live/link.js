// @ts-check
/**
 * Parts of a link, as experiments/scenarios/notation.py writes them.
 * @typedef {{ name: string, arguments: { [name: string]: Value }, factor: number | null }} Call with a factor for a schedule
 * @typedef {string | number | boolean | Call} Value
 */

/** What a number is called, without what it is nested in. @param {string} path */
export const nameOf = (path) => path.split(/[/.]/).at(-1) ?? "";

/**
 * A value as text.
 * @param {Value} value
 * @param {(path: string) => number | undefined} [numberAt] the numbers that may have changed, by path
 * @returns {string}
 */
export function written(value, numberAt = () => undefined, path = "") {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value !== "object") return String(typeof value === "number" ? (numberAt(path) ?? value) : value);
  const { name, arguments: given, factor } = value;
  const within = path && `${path}${factor !== null ? "/schedule/" : "."}`;
  const inside = Object.entries(given).map(([key, each]) => `${key}=${written(each, numberAt, within + key)}`).join();
  const called = inside ? `${name}(${inside})` : name;
  return factor !== null ? `${numberAt(path) ?? factor}*${called}` : called;
}

/** The parts of a link as text, with brackets and commas as they are. @param {Record<string, string | number>} parts */
export const linkOf = (parts) =>
  Object.entries(parts)
    .map(([name, text]) => `${name}=${encodeURIComponent(text).replace(/%(?:2C|3A|2F|3D)/g, decodeURIComponent)}`)
    .join("&");
