// @ts-check
import { clamp, mix } from "./words.js";

/**
 * @import { Ground } from "./relief.js"
 * @import { Point3 } from "./plotly.js"
 * @import { AxesFrame } from "./types.js"
 * @typedef {[number, number, number]} Vector
 * @typedef {{ azimuth: number, elevation: number, zoom: number }} Pose the direction of the eye in degrees; at zoom 1 the
 *   relief fits its panel
 * @typedef {{ eye: Point3, center: Point3, up: Point3 }} Camera as Plotly takes it
 * @typedef {{ left: number, right: number, top: number, bottom: number }} Sides of a panel
 */

const FOCAL = 1 + Math.SQRT2; // 1 / tan(22.5°): half of the vertical angle of Plotly's camera
const RADIAN = Math.PI / 180;
const FLATTEST = 0.45; // height of the box, in sides of a square floor
const HIGHEST = 1.1;
const OVERVIEW = 58; // degrees of elevation in a tall panel, at most
const SIDE_VIEW = 28; // and in a wide one, at least
const LONGEST = 2.2; // long side of the floor, in short ones
const SHAPE_SAMPLES = 16; // of the surface, along each side
const FITS = 8; // rounds in which the camera is moved until the relief fits
const HALVINGS = 12;
export const STEEPEST = 89; // degrees: straight down, the camera has no direction of its own
const APART = 0.12; // how much farther away the camera is half way between the relief and its map
const STRAIGHT = 89.9; // degrees of elevation above a map
const MAP_AZIMUTH = 270; // from where x points to the right
const FLAT = 0.02; // height of the box of a map
const LEAST_ZOOM = 0.2; // limits of the zoom in a link
const MOST_ZOOM = 5;

/** How a relief fits into a panel: the sides of its box, and the distance and the aim of the camera. */
export class ReliefShape {
  /** The sides of the box. @type {Point3} */
  sides = { x: 1, y: 1, z: FLATTEST };
  distance = 1;
  /** What the camera looks at. @type {Point3} */
  center = { x: 0, y: 0, z: 0 };

  /**
   * @param {Ground} ground
   * @param {Pose} pose from which the relief fits
   * @param {{ width: number, height: number }} size of the panel in pixels
   * @param {Sides} margins in pixels, for the labels of the axes
   */
  constructor(ground, pose, { width, height }, margins) {
    this.pose = { ...pose };
    this.aspect = width / height;
    this.points = boxPoints(ground);
    /** The part of the panel that the relief may fill; the whole panel is -1 to 1. @type {Sides} */
    this.window = {
      left: (2 * margins.left) / width - 1,
      right: 1 - (2 * margins.right) / width,
      top: 1 - (2 * margins.top) / height,
      bottom: (2 * margins.bottom) / height - 1,
    };
    /** @type {("x" | "y")[]} */
    const [across, along] = Math.abs(Math.sin(pose.azimuth * RADIAN)) > Math.SQRT1_2 ? ["x", "y"] : ["y", "x"];
    const rise = (/** @type {number} */ elevation) => (this.pose.elevation = elevation);
    // A wide panel gets a wide floor, then a view from lower down; a tall one a high box, then a view from farther above,
    // then a deep floor.
    if (this.#fit() < 0) {
      this.#adapt((side) => (this.sides[across] = side), LONGEST, 1);
      if (this.#fit() < 0) this.#adapt(rise, Math.min(pose.elevation, SIDE_VIEW), pose.elevation);
    } else {
      this.#adapt((side) => (this.sides.z = side), FLATTEST, HIGHEST);
      this.#adapt(rise, pose.elevation, Math.max(pose.elevation, OVERVIEW));
      this.#adapt((side) => (this.sides[along] = side), 1, LONGEST);
    }
  }

  /**
   * The camera in a pose, in this panel.
   * @param {Pose} pose
   * @returns {Camera}
   */
  camera({ azimuth, elevation, zoom }) {
    const { center } = this;
    const [x, y, z] = cameraAxes(azimuth, clamp(elevation, -STEEPEST, STEEPEST)).back;
    const away = this.distance / zoom;
    const eye = { x: center.x + away * x, y: center.y + away * y, z: center.z + away * z };
    return { eye, center: { ...center }, up: { x: 0, y: 0, z: 1 } };
  }

  /**
   * A camera and a box between the relief and its map, on which it is flat and seen from above.
   * @param {number} map 1 for the map, 0 for the relief
   * @param {number} turn degrees by which the relief is turned
   * @param {AxesFrame} frame where the map is in the panel, in pixels
   * @param {number} height of the panel in pixels
   */
  between(map, turn, { x, y }, height) {
    const { pose, center, sides, distance } = this;
    const azimuth = pose.azimuth + turn;
    const ahead = ((((MAP_AZIMUTH - azimuth) % 360) + 540) % 360) - 180;
    const unit = sides.y / y.length;
    const width = height * this.aspect;
    const flat = {
      sides: { x: x.length * unit, y: sides.y, z: FLAT },
      center: { x: (width / 2 - x.offset - x.length / 2) * unit, y: (y.offset + y.length / 2 - height / 2) * unit, z: 0 },
      distance: (FOCAL * height * unit) / 2,
    };
    const part = (/** @type {Point3} */ from, /** @type {Point3} */ to) => ({
      x: mix(from.x, to.x, map),
      y: mix(from.y, to.y, map),
      z: mix(from.z, to.z, map),
    });
    const aim = part(center, flat.center);
    const { back } = cameraAxes(azimuth + map * ahead, mix(pose.elevation, STRAIGHT, map));
    const away = distance * (flat.distance / distance) ** map * (1 + 4 * APART * map * (1 - map));
    const eye = { x: aim.x + away * back[0], y: aim.y + away * back[1], z: aim.z + away * back[2] };
    return { camera: { eye, center: aim, up: { x: 0, y: 0, z: 1 } }, sides: part(sides, flat.sides) };
  }

  /** The pose of a camera in this panel. @param {Pick<Camera, "eye" | "center">} camera @returns {Pose} */
  poseOf({ eye, center }) {
    return { ...directionOf(eye, center), zoom: this.distance / distanceOf(eye, center) };
  }

  /**
   * Choose a number so that the relief fills the width of the window and its height.
   * @param {(value: number) => void} change
   * @param {number} low kept unless the picture is too wide for the panel with it
   * @param {number} high the most that it may be
   */
  #adapt(change, low, high) {
    change(low);
    if (this.#fit() <= 0) return;
    for (let round = 0; round < HALVINGS; round++) {
      const middle = (low + high) / 2;
      change(middle);
      if (this.#fit() > 0) low = middle;
      else high = middle;
    }
    change(high);
    this.#fit();
  }

  /**
   * Move the camera so that the relief just fits. Returns by how much more it fills of the window's width than of its
   * height, both as parts of 1.
   */
  #fit() {
    const { window, aspect, sides } = this;
    const { right, up, back } = cameraAxes(this.pose.azimuth, this.pose.elevation);
    const world = this.points.map(([x, y, z]) => /** @type {Vector} */ ([x * sides.x, y * sides.y, z * sides.z]));
    const spread = { across: (window.right - window.left) / 2, up: (window.top - window.bottom) / 2 };
    const aim = { across: (window.right + window.left) / 2, up: (window.top + window.bottom) / 2 };
    let [across, along, parts] = [0, 0, { across: 1, up: 1 }];
    for (let round = 0; round < FITS; round++) {
      const center = /** @type {Vector} */ ([across * right[0], across * right[1], along]);
      const seen = world.map((point) => {
        const from = /** @type {Vector} */ (point.map((value, i) => value - center[i]));
        return [(FOCAL * product(from, right)) / aspect, FOCAL * product(from, up), product(from, back)];
      });
      // A point at (u, v) before the camera is drawn at u / (distance - depth): each gives a least distance.
      this.distance = Math.max(
        ...seen.map(([u, v, depth]) => {
          const wide = u / (u > 0 ? window.right : window.left);
          const high = v / (v > 0 ? window.top : window.bottom);
          return Math.max(wide, high) + depth;
        }),
      );
      const drawn = seen.map(([u, v, depth]) => [u / (this.distance - depth), v / (this.distance - depth)]);
      const [left, width] = extentOf(drawn.map(([u]) => u));
      const [bottom, height] = extentOf(drawn.map(([, v]) => v));
      parts = { across: width / 2 / spread.across, up: height / 2 / spread.up };
      across += ((left + width / 2 - aim.across) * this.distance * aspect) / FOCAL;
      along += ((bottom + height / 2 - aim.up) * this.distance) / FOCAL / up[2];
      this.center = { x: center[0], y: center[1], z: center[2] };
    }
    return parts.across - parts.up;
  }
}

/** A pose as a link has it: whole degrees, and the zoom if it is not 1. @param {Pose} pose */
export function poseText({ azimuth, elevation, zoom }) {
  const turned = ((Math.round(azimuth) % 360) + 360) % 360;
  const near = Number(clamp(zoom, LEAST_ZOOM, MOST_ZOOM).toFixed(2));
  return [turned, Math.round(elevation), ...(near === 1 ? [] : [near])].join(",");
}

/** The pose of a link's text, which Python has checked. @param {string} text @returns {Pose} */
export function poseFrom(text) {
  const [azimuth, elevation, zoom = 1] = text.split(",").map(Number);
  return { azimuth, elevation, zoom };
}

/** The pose of a figure's camera. @param {{ eye: Point3 }} camera @returns {Pose} */
export const poseOfFigure = ({ eye }) => ({ ...directionOf(eye, { x: 0, y: 0, z: 0 }), zoom: 1 });

/** @param {Point3} eye @param {Point3} center */
const distanceOf = (eye, center) => Math.hypot(eye.x - center.x, eye.y - center.y, eye.z - center.z);

/** Azimuth and elevation in degrees. @param {Point3} eye @param {Point3} center */
function directionOf(eye, center) {
  const azimuth = Math.atan2(eye.y - center.y, eye.x - center.x) / RADIAN;
  return { azimuth, elevation: Math.asin((eye.z - center.z) / distanceOf(eye, center)) / RADIAN };
}

/**
 * The axes of a camera: to the right and up in the picture, and back to the eye.
 * @param {number} azimuth @param {number} elevation
 * @returns {{ right: Vector, up: Vector, back: Vector }}
 */
function cameraAxes(azimuth, elevation) {
  const [turn, rise] = [azimuth * RADIAN, elevation * RADIAN];
  const [east, north, flat, high] = [Math.cos(turn), Math.sin(turn), Math.cos(rise), Math.sin(rise)];
  return {
    right: [-north, east, 0],
    up: [-high * east, -high * north, flat],
    back: [flat * east, flat * north, high],
  };
}

/** @param {Vector} a @param {Vector} b */
const product = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** The least value, and how far the largest is from it. @param {number[]} values */
function extentOf(values) {
  const low = Math.min(...values);
  return [low, Math.max(...values) - low];
}

/**
 * Points of the surface and the corners of the floor, in a box of sides 1 around the origin.
 * @param {Ground} ground
 * @returns {Vector[]}
 */
function boxPoints(ground) {
  /** @type {Vector[]} */
  const points = [-0.5, 0.5].flatMap((x) => [-0.5, 0.5].map((y) => /** @type {Vector} */ ([x, y, -0.5])));
  for (let i = 0; i <= SHAPE_SAMPLES; i++)
    for (let j = 0; j <= SHAPE_SAMPLES; j++) {
      const [x, y] = [i / SHAPE_SAMPLES, j / SHAPE_SAMPLES];
      const z = ground.at(ground.x0 + x * ground.width, ground.y0 + y * ground.depth);
      if (Number.isFinite(z)) points.push([x - 0.5, y - 0.5, (z - ground.low) / (ground.high - ground.low) - 0.5]);
    }
  return points;
}
