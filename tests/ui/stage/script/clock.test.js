// At which step a race is, and how it plays.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock } from "../../../../landscape_lab/ui/stage/script/clock.js";

const playing = (steps) => {
  const clock = new Clock(steps);
  clock.restart(false);
  return clock;
};

test("a long race takes the same time whatever its length, a short one less, and each stops at its end", () => {
  for (const [steps, seconds] of [[16, 3], [500, 8], [5000, 8]]) {
    const clock = playing(steps);
    clock.advance(0.99 * seconds);
    assert.ok(clock.playing && clock.position < steps);
    clock.advance(0.02 * seconds);
    assert.deepEqual([clock.position, clock.playing, clock.ended], [steps, false, true]);
  }
});

test("the first steps are slower, in the same time for every frame rate", () => {
  const [one, many] = [playing(500), playing(500)];
  one.advance(2);
  for (let i = 0; i < 100; i++) many.advance(0.02);
  assert.equal(one.position, 500 / 16);
  assert.ok(Math.abs(many.position - one.position) < 1e-6);
});

test("in log time every factor of the number of steps takes the same time", () => {
  const clock = playing(999);
  clock.logTime = true;
  const ends = [9, 99, 999];
  for (const end of ends) {
    clock.advance(8 / 3);
    assert.ok(Math.abs(clock.position - end) < 1e-6 * end, `${clock.position}`);
  }
});

test("the rate is the number of steps per second", () => {
  for (const logTime of [false, true]) {
    const clock = playing(500);
    Object.assign(clock, { logTime, speed: 2 });
    clock.advance(1.5);
    const { position, rate } = clock;
    clock.advance(0.001);
    assert.ok(Math.abs((clock.position - position) / 0.001 / rate - 1) < 0.01);
  }
});

test("at twice the speed it takes half the time", () => {
  const clock = playing(100);
  clock.speed = 2;
  clock.advance(2);
  assert.equal(clock.position, 25);
});

test("a repeated race rests at its end, and begins again", () => {
  const clock = playing(10);
  clock.loop = true;
  clock.advance(9);
  clock.advance(1);
  assert.deepEqual([clock.position, clock.playing], [10, true]);
  clock.advance(0.4);
  assert.ok(clock.playing && clock.position > 0 && clock.position < 10);
});

test("play at the end begins at step 0", () => {
  const clock = playing(10);
  clock.seek(99);
  assert.deepEqual([clock.position, clock.playing], [10, false]);
  clock.setPlaying(true);
  assert.equal(clock.position, 0);
});

test("steps forward and back are whole", () => {
  const clock = playing(10);
  clock.position = 3.4;
  clock.move(1);
  assert.equal(clock.position, 4);
  clock.position = 3.4;
  clock.move(-1);
  assert.equal(clock.position, 3);
  clock.move(-1);
  assert.equal(clock.position, 2);
  clock.move(100);
  assert.equal(clock.position, 10);
});

test("a position at the end of a race stays at the end of a longer or a shorter one", () => {
  const clock = playing(10);
  clock.seek(10);
  for (const steps of [20, 5]) {
    clock.setLength(steps);
    assert.equal(clock.position, steps);
  }
  clock.seek(4);
  clock.setLength(20);
  assert.equal(clock.position, 4);
  clock.setLength(3);
  assert.equal(clock.position, 3);
});

test("without motion a new race is at its end at once, and a locked one at its start", () => {
  const clock = new Clock(10);
  clock.restart(true);
  assert.deepEqual([clock.position, clock.playing], [10, false]);
  clock.locked = true;
  clock.restart(false);
  clock.setPlaying(true);
  clock.seek(5);
  assert.deepEqual([clock.position, clock.playing], [0, false]);
});
