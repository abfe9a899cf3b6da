// The playground in Firefox. tests/browser/test_firefox.py gives the addresses: FIREFOX of the program, APP of the server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import puppeteer from "puppeteer-core";

const PATIENCE = 60_000; // milliseconds: a busy machine
const MOUSE = 6; // it hovers, and it is exact: without a screen Firefox has none
const RACE = "surface=elliptic_bowl(condition=20)&lanes=gradient_descent(learning_rate=0.01),momentum&steps=60";
const RATE = "[data-path='lane/0/learning_rate']";

let browser, page;
const errors = [];

before(async () => {
  browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX,
    timeout: PATIENCE,
    defaultViewport: { width: 1440, height: 900 },
    extraPrefsFirefox: {
      "webgl.disabled": true,
      "ui.primaryPointerCapabilities": MOUSE,
      "ui.allPointerCapabilities": MOUSE,
    },
  });
  page = await browser.newPage();
  page.on("pageerror", ({ message }) => {
    if (!/blocked WebAssembly/.test(message)) errors.push(message); // Streamlit's Long.js tries it, and does without
  });
  await page.goto(`${process.env.APP}/playground?${RACE}`);
});

after(() => browser?.close());

/** Calls a function until its result is truthy, and returns that. */
async function until(call) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const result = await call();
    if (result) return result;
    assert.ok(Date.now() < deadline, String(call));
    await pause(50);
  }
}

/** The state of the stage, as soon as a condition holds. */
const stageWhen = (condition) =>
  until(async () => {
    const state = await page.evaluate(() => document.querySelector(".lll-stage")?.stageState?.());
    return state?.ready && condition(state) && state;
  });

const boxOf = async (selector) => (await page.$(selector)).boundingBox();
const link = () => new URL(page.url()).searchParams;

test("the race plays, and keys pause it and move it by one step", async () => {
  await stageWhen(({ step }) => step > 0);
  await page.keyboard.press("Home");
  await stageWhen(({ step, playing }) => step === 0 && !playing);
  await page.keyboard.press(" ");
  await stageWhen(({ step, playing }) => playing && step > 2);
  await page.keyboard.press(" ");
  const { step } = await stageWhen(({ playing }) => !playing);
  await page.keyboard.press("ArrowRight");
  await stageWhen((state) => state.step === Math.floor(step + 1e-6) + 1);
  await page.keyboard.press("End");
  await stageWhen((state) => state.step === 60 && state.painted);
  const ink = await page.$eval("[data-panel=surface] > .lll-moving", (canvas) =>
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value));
  assert.ok(ink, "heads are painted");
});

test("the race follows the ring while it is dragged, and the link has its place in the end", async () => {
  const { start } = await stageWhen(() => true);
  const { x, y, width, height } = await boxOf(".lll-start");
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 2 + 60, y + height / 2 + 40, { steps: 4 });
  const moved = await stageWhen((state) => state.preview && state.start[0] > start[0] && state.start[1] < start[1]);
  await page.mouse.up();
  await stageWhen((state) => !state.preview);
  await until(() => link().has("start"));
  link().get("start").split(",").forEach((at, i) => assert.ok(Math.abs(at - moved.start[i]) < 0.05, link()));
});

test("the race follows a learning rate while it is dragged, and the link has it in the end", async () => {
  const { raceKey } = await stageWhen(() => true);
  const { x, y, width, height } = await boxOf(`${RATE} input[type=range]`);
  const part = await page.$eval(`${RATE} input[type=range]`, ({ value, max }) => value / max);
  const thumb = x + 9 + (width - 18) * part;
  await page.mouse.move(thumb, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(thumb + 30, y + height / 2, { steps: 4 });
  await stageWhen((state) => state.preview && state.raceKey === raceKey);
  const rate = Number(await page.$eval(`${RATE} .lll-knob-field`, ({ value }) => value));
  assert.ok(rate > 0.01, rate);
  await page.mouse.up();
  await stageWhen((state) => !state.preview && state.raceKey !== raceKey);
  await until(() => link().get("lanes").includes(`learning_rate=${rate})`));
});

test("the bar is whole at every width, with large letters too", async () => {
  const cut = () =>
    page.$eval(".lll-bar", (bar) => {
      const { left, right } = bar.getBoundingClientRect();
      const words = document.createElement("canvas").getContext("2d");
      return [...bar.querySelectorAll("button, select, span")].filter((part) => part.checkVisibility()).filter((part) => {
        const [box, style] = [part.getBoundingClientRect(), getComputedStyle(part)];
        words.font = style.font;
        const [chosen] = part.selectedOptions ?? [];
        const room = part.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
        return box.left < left - 1 || box.right > right + 1 || part.scrollWidth > part.clientWidth + 1
          || (chosen && words.measureText(chosen.text).width > room + 1);
      }).map((part) => part.outerHTML);
    });
  for (const large of [false, true]) {
    if (large) await page.click(".lll-reader button");
    await until(() => page.evaluate((on) => document.documentElement.classList.contains("lll-large") === on, large));
    for (const width of [1440, 1024, 720, 390, 320]) {
      await page.setViewport({ width, height: 800 });
      await until(async () => (await cut()).length === 0);
    }
  }
});

test("without WebGL a sentence takes the place of the relief", async () => {
  await page.$eval("[data-act=projection][data-value=relief]", (button) => button.click());
  await until(() => page.$eval("[data-show=note]", (note) => note.checkVisibility() && note.textContent.includes("WebGL")));
  assert.equal(await page.evaluate(() => document.querySelector(".no-webgl")?.checkVisibility()), false);
});

test("no error was met", () => assert.deepEqual(errors, []));
