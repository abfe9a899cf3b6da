// @ts-check
/** @import { Stage } from "./stage.js" */

/** What tests and other scripts of the page may read of a stage. @param {Stage} stage */
export function stateOf(stage) {
  const { model, clock, graphs, family, data, preview, painter } = stage;
  const { race, surface } = model.tree;
  return {
    step: clock.position,
    steps: clock.steps,
    playing: clock.playing,
    painted: painter.done,
    speed: clock.speed,
    loop: clock.loop,
    trail: stage.paths.trail,
    surfaceDraws: graphs.surfaceDraws,
    frames: painter.frames,
    preview: model.previewing,
    previews: preview.count,
    ghosts: preview.ghosts.count,
    pictured: painter.pictured,
    touring: stage.tour.waiting || stage.tour.flying,
    ready: graphs.isDrawn(model.projection) && graphs.isDrawn("curves") && Boolean(stage.panels.surface.projection),
    raceKey: race.key,
    surfaceKey: surface.key,
    start: [...race.start],
    round: race.round,
    veiled: model.veiled,
    member: family.members.length ? family.member : null,
    members: family.members.length,
    value: family.members[family.member]?.value ?? null,
    number: model.stepAt(clock.position),
    quantity: model.quantity && { name: model.quantity.name, ready: Boolean(stage.panels.quantity.projection) },
    predictions: data.predictions.pictures && { entry: data.predictions.entry, text: stage.show.rows.textContent },
    data: data.examples && {
      ready: Boolean(data.panel.projection),
      picture: data.picture,
      heldOut: data.heldOut,
      lit: data.painter.rowsOf(clock.step),
    },
    foggy: model.foggy,
    seen: stage.fogLayer.seen,
    dark: model.dark,
    view: structuredClone(model.view),
  };
}
