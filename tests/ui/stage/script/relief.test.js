// The 3-D surface: its height, and what it hides.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ground, ReliefProjection } from "../../../../landscape_lab/ui/stage/script/relief.js";
import { momentAt } from "../../../../landscape_lab/ui/stage/script/tour.js";
import { ReliefShape, poseFrom, poseText } from "../../../../landscape_lab/ui/stage/script/relief_camera.js";

/** A grid of 5 x 5 heights over [0, 4] x [0, 4]. */
function grid(height) {
  const side = [0, 1, 2, 3, 4];
  return { x: side, y: side, z: Float32Array.from(side.flatMap((y) => side.map((x) => height(x, y)))) };
}

test("between its points the ground is bilinear, and beyond its edge there is none", () => {
  const ground = new Ground(grid((x, y) => 2 * x - y + x * y));
  for (const [x, y] of [[0, 0], [1.25, 2.5], [3.9, 0.1], [4, 4]]) assert.ok(Math.abs(ground.at(x, y) - (2 * x - y + x * y)) < 1e-5);
  assert.ok(Number.isNaN(ground.at(-0.1, 1)) && Number.isNaN(ground.at(1, 4.1)));
  assert.deepEqual([ground.low, ground.high], [-4, 20]);
});

test("the points of a grid may lie unevenly", () => {
  const [x, y] = [[0, 1, 4], [0, 3, 4]];
  const ground = new Ground({ x, y, z: Float32Array.from(y.flatMap((v) => x.map((u) => 2 * u - v))) });
  for (const [u, v] of [[0, 0], [0.5, 2.5], [2.5, 3.5], [4, 4]]) assert.ok(Math.abs(ground.at(u, v) - (2 * u - v)) < 1e-5);
  assert.ok(Number.isNaN(ground.at(-0.1, 1)) && Number.isNaN(ground.at(1, 4.1)));
});

test("paths lie a little above the ground, within the heights that are drawn", () => {
  const ground = new Ground(grid((x) => x), [1, 3]);
  assert.deepEqual([ground.lifted(0, 0), ground.lifted(4, 0)].map((z) => z - ground.lift), [1, 3]);
  assert.ok(ground.lift > 0 && ground.lift < 0.1);
});

test("a ridge hides what lies behind it from a low eye, and nothing from a high one", () => {
  const ground = new Ground(grid((x) => (x === 2 ? 3 : 0)));
  assert.equal(ground.hides(0.5, 2, 0.1, [10, 2, 1]), true);
  assert.equal(ground.hides(3.5, 2, 0.1, [10, 2, 1]), false);
  assert.equal(ground.hides(0.5, 2, 0.1, [10, 2, 100]), false);
});

test("without a camera's turn a point is seen where its parameters are", () => {
  const identity = Float32Array.from({ length: 16 }, (_, i) => (i % 5 ? 0 : 1));
  const box = (left, top) => ({ getBoundingClientRect: () => ({ left, top, width: 200, height: 100 }) });
  const scene = { container: box(30, 40), model: identity, view: identity, projection: identity, scale: [0.25, 0.25, 1] };
  const relief = new ReliefProjection(scene, box(10, 10), new Ground(grid(() => 0)));
  const { x, y } = relief.place(2, 2); // half way from the middle to the right, and to the top
  assert.deepEqual([x, y], [20 + 0.75 * 200, 30 + 0.25 * 100]);
  assert.ok(Number.isNaN(relief.place(9, 9).x));
});

/** A scene of 200 x 100 pixels seen by Plotly's camera of that shape, over the grid's own coordinates. */
function sceneOf(shape) {
  const { eye, center } = shape.camera(shape.pose);
  const unit = (v) => v.map((value) => value / Math.hypot(...v));
  const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const from = [eye.x, eye.y, eye.z];
  const back = unit([eye.x - center.x, eye.y - center.y, eye.z - center.z]);
  const right = unit(cross([0, 0, 1], back));
  const up = cross(back, right);
  const shift = [right, up, back].map((axis) => -axis.reduce((sum, value, i) => sum + value * from[i], 0));
  const view = [0, 1, 2].flatMap((i) => [right[i], up[i], back[i], 0]).concat(shift, 1);
  const focal = 1 + Math.SQRT2;
  const projection = [focal / 2, 0, 0, 0, 0, focal, 0, 0, 0, 0, -1, -1, 0, 0, -0.02, 0];
  const { x, y, z } = shape.sides;
  const model = [x / 4, 0, 0, 0, 0, y / 4, 0, 0, 0, 0, z / 10, 0, -x / 2, -y / 2, -z / 2, 1];
  const container = { getBoundingClientRect: () => ({ left: 0, top: 0, width: 200, height: 100 }) };
  return { container, model, view, projection, scale: [1, 1, 1] };
}

const HILLS = new Ground(grid((x, y) => 5 + x - y + (x === 3 && y === 1 ? 1 : 0)), [0, 10]);
const BARE = { left: 0, right: 0, top: 0, bottom: 0 };

test("the ray through the pixel of a visible point meets the surface there, and beside the surface nothing", () => {
  const shape = new ReliefShape(HILLS, { azimuth: 290, elevation: 40, zoom: 1 }, { width: 200, height: 100 }, BARE);
  const scene = sceneOf(shape);
  const relief = new ReliefProjection(scene, scene.container, HILLS);
  for (const [x, y] of [[0.5, 0.5], [1.3, 2.2], [3, 1], [3.6, 3.4]]) {
    const z = HILLS.at(x, y);
    assert.equal(HILLS.hides(x, y, z + HILLS.lift, relief.eye), false);
    const pixel = relief.at(x, y, z);
    relief.dataAt(pixel.x, pixel.y).forEach((value, i) => assert.ok(Math.abs(value - [x, y][i]) < 1e-3));
  }
  for (const [px, py] of [[1, 1], [199, 99]]) assert.ok(relief.dataAt(px, py).every(Number.isNaN));
});

test("the camera sees the whole relief as large as panels of all shapes allow", () => {
  const edge = { left: 36, right: 18, top: 12, bottom: 30 };
  const bowl = new Ground(grid((x, y) => 3 + (x - 2) ** 2 + (y - 2) ** 2), [0, 11]);
  for (const [width, height] of [[620, 730], [460, 630], [342, 328], [820, 900], [700, 420], [1300, 480]]) {
    const shape = new ReliefShape(bowl, { azimuth: 290, elevation: 40, zoom: 1 }, { width, height }, edge);
    const scene = sceneOf(shape);
    scene.projection[0] = ((1 + Math.SQRT2) * height) / width;
    scene.container.getBoundingClientRect = () => ({ left: 0, top: 0, width, height });
    scene.model.splice(10, 1, shape.sides.z / 11);
    const relief = new ReliefProjection(scene, scene.container, bowl);
    const [xs, ys] = [[], []];
    for (let x = 0; x <= 4; x++)
      for (let y = 0; y <= 4; y++)
        for (const z of [bowl.at(x, y), bowl.low]) {
          const pixel = relief.at(x, y, z);
          xs.push(pixel.x);
          ys.push(pixel.y);
        }
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    assert.ok(left > 35 && right < width - 17 && top > 11 && bottom < height - 29, `${width} x ${height}`);
    assert.ok((right - left) * (bottom - top) > 0.7 * width * height, `${width} x ${height}`);
  }
});

test("a camera of a link is read back, and has the pose that it was made for", () => {
  assert.equal(poseText({ azimuth: -70.2, elevation: 33.7, zoom: 1.004 }), "290,34");
  assert.equal(poseText({ azimuth: 359.8, elevation: -5, zoom: 99 }), "0,-5,5");
  assert.deepEqual(poseFrom("290,34,1.5"), { azimuth: 290, elevation: 34, zoom: 1.5 });
  const shape = new ReliefShape(HILLS, { azimuth: 290, elevation: 40, zoom: 1 }, { width: 500, height: 400 }, BARE);
  for (const text of ["290,34", "12,70,0.5", "180,-30,2.25"]) assert.equal(poseText(shape.poseOf(shape.camera(poseFrom(text)))), text);
});

test("between the relief and its map the camera moves from its pose to where the map is", () => {
  const [width, height] = [900, 500];
  const shape = new ReliefShape(HILLS, { azimuth: 290, elevation: 40, zoom: 1 }, { width, height }, BARE);
  const frame = { x: { offset: 60, length: 700 }, y: { offset: 20, length: 430 } };
  const there = shape.between(0, 0, frame, height);
  const { camera, sides } = shape.between(1, 0, frame, height);
  assert.deepEqual(there.sides, shape.sides);
  for (const axis of ["x", "y", "z"]) assert.ok(Math.abs(there.camera.eye[axis] - shape.camera(shape.pose).eye[axis]) < 1e-9);
  const scene = sceneOf({ sides, pose: null, camera: () => camera });
  scene.projection[0] = ((1 + Math.SQRT2) * height) / width;
  scene.container.getBoundingClientRect = () => ({ left: 0, top: 0, width, height });
  const relief = new ReliefProjection(scene, scene.container, HILLS);
  for (const [x, y, left, top] of [[0, 0, 60, 450], [4, 0, 760, 450], [4, 4, 760, 20], [0, 4, 60, 20]]) {
    const pixel = relief.at(x, y, 5); // half way up
    assert.ok(Math.hypot(pixel.x - left, pixel.y - top) < 2, `${pixel.x}, ${pixel.y}`);
  }
});

test("the flight begins at the map, sees the relief and the map again, and ends at the relief", () => {
  const maps = Array.from({ length: 240 }, (_, i) => momentAt(i / 20).map);
  assert.deepEqual([maps[0], momentAt(1e6)], [1, { time: 10.6, map: 0, turn: 0 }]);
  assert.equal(maps.filter((map, i) => i && map === 0 && maps[i - 1] > 0).length, 2);
  for (let i = 1; i < maps.length; i++) assert.ok(Math.abs(maps[i] - maps[i - 1]) < 0.06, "it never jumps");
});
