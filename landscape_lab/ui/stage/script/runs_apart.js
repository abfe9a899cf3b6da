// @ts-check
/**
 * How far two races run apart: the largest distance of two lanes at one step, as a part of the domain's diagonal, as
 * long as either is on the map; infinite where one diverges and the other does not.
 * @typedef {{points: ArrayLike<number>, last_step: number, diverged: boolean}} Run
 * @param {Run[]} some @param {Run[]} others @param {[number, number][]} domain
 */
export function runsApart(some, others, domain) {
  if (some.length !== others.length) return 0; // other lanes, another question
  const [width, height] = domain.map(([low, high]) => high - low);
  let apart = 0;
  some.forEach((one, k) => {
    const other = others[k];
    if (one.diverged !== other.diverged) apart = Infinity;
    for (let t = 0; t <= Math.min(one.last_step, other.last_step); t++) {
      const [x, y, u, v] = [one.points[2 * t], one.points[2 * t + 1], other.points[2 * t], other.points[2 * t + 1]];
      const onMap = [[x, y], [u, v]].some((p) => p.every((value, i) => value >= domain[i][0] && value <= domain[i][1]));
      if (onMap) apart = Math.max(apart, Math.hypot((x - u) / width, (y - v) / height) / Math.SQRT2);
    }
  });
  return apart;
}
