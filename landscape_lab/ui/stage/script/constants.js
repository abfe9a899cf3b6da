/* The animated stage: optimizers race down a loss surface, and the loss curves keep step.

   Plotly draws what stands still: surface, axes, colour bar, minima, and the hover of surface values. Everything that
   moves is painted on canvases that lie between Plotly's axes and its hover labels. A new race repaints the canvases;
   Plotly is called again only when the surface itself (tree.surface.key) or the page's theme changes.

   The files of this folder are ES modules. `entry.js` is what the page loads; ui/javascript.py joins it with all that it
   imports.

   The tree (Python side: ui/stage/packing.py):
     surface  {key, name, contour: figure, relief: figure, domain: [[x0, x1], [y0, y1]],
               data: null or, of a loss over n examples, {model: line|plane|logistic|tanh, features (n, k), targets (n),
               names and ranges of the features and of the target, held_out: {features, targets},
               rows: how many of a file's rows these are, in words, or "",
               moments: null or the [means, deviations] of the features that the model is given}};
              under Streamlit the race's message has the key alone, and the surface comes in another,
              {stage, surface}, for the stage of that name; so does a family, but for its key, lane and choice
     curves   {log: is a logarithmic loss axis possible, offset: what it subtracts from the loss,
               ranges and titles of the axes: {steps, evaluations, log, linear; examples and epochs of a loss over data}}
     race     {key, steps, start: [x, y], lanes: [{name, color, dash, marker, last_step, outcome, diverged,
               points (T+1, 2), gaps (T+1): losses less curves.offset, gradients (T+1, 2),
               evaluated (T+1) or their number per step, seen: null or the same of examples,
               validation: null or (T+1): losses on held-out data less curves.offset}], NaN after last_step,
               rows: null or the examples that each step looks at (steps, k), -1 for none,
               round: a text, with another one the race starts again from step 0,
               veiled: only the start of each lane is here, T = 0, and nothing can be played,
               family: null or {key, lane: whose runs they are, path: the setting's, label, values (M), chosen: the first one shown,
               and of a lane's fields all that differ, with an axis M before the others; gradients may be null}}
     engine   null or the numbers of the race for engine.js, with its program {key, text, data}; under Streamlit that comes
              in another message, {stage, program}, after the race (entry.js)
     name     what the knobs of the page call the stage (event "lab-knob")
     fixed_start  whether the reader cannot move the start
     fog      null, or how far one sees through it, as a part of the domain's diagonal
     view     {projection: map|relief, loss_axis: log|linear, progress_axis: steps|evaluations|examples|epochs,
               hidden: [lane], arrows, inspector, inspected: lane}
     told     how many choices of a view the server has heard of
     follows  whether the page around the stage shows an earlier race, and wants to hear when the hand rests (page.js)
     inspector null or, while the inspector is open, what inspector.js tells of a lane
     language  of the words, and large: whether type and lines are for a hall; where one changes the stage is built anew
     words, theme {light, dark, markers}, play (else it stands at step 0), compact, plotly (address of plotly.js) */


export const RUN_SECONDS = 8; // the whole race at speed 1, however many steps it has
export const END_PAUSE = 1.2; // seconds at the end before a repeated race starts again
export const LONGEST_FRAME = 0.1; // seconds; a tab that was hidden goes on where it was
export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10];
export const TRAILS = [0, 200, 50, 20, 5]; // steps; 0 is the whole trail
export const FONT_SIZE = 14; // of the graphs, in pixels
export const LARGE = 1.35; // for a hall, as --lll-scale in stage.css
export const LINE_WIDTH = 2.75;
export const HALO_WIDTH = 5.5;
export const MARKER_RADIUS = 8;
export const PIECE = 200; // steps of a trail that are painted anew in every frame, at most; what is older stays as it is
export const HOVER_RADIUS = 12;
export const CLICK_RADIUS = 4;
export const DOUBLE_CLICK = 320; // ms
export const DOUBLE_CLICK_RADIUS = 24; // px: a finger hits no pixel twice
export const START_REPEATS = 4;
export const START_PATIENCE = 400; // ms to wait for the answer to one start before the next is sent
export const LOW = 240; // px of height below which a long title of an axis is cut off
export const SMALL_MAP = 440; // px of width below which the colour bar gives its room to the map
export const RELIEF_LIFT = 0.012; // of the scene's height: keeps a path from sinking into the surface it lies on
export const WIDE_SCENE = 1.3; // width over height from which the whole relief fits between the sides
export const MEMBER_PATIENCE = 150; // ms after the last move of a family's slider before the server is told
export const PAGE_REST = 400; // ms without a change after which the rest of the page follows
export const FAN_STRENGTH = { light: 0.12, dark: 0.22 }; // of a family's members behind the one that runs
export const FAN_PATIENCE = 100; // ms that the axes must have stood still
export const RIGHT_OF_WAY = 120; // ms in which a race that plays waits for the answer to a change
export const FOG_CELLS = 192; // along each side of the map
export const FOG_STRIDE = 0.08; // of the radius: shorter moves lift the fog together
export const FOG_CLEAR = 0.6; // of the radius of a disc in the fog: from here outwards the edge is soft
export const HELD_OUT_DASH = [3, 4]; // of the curves on held-out data
export const GLOW = 0.12; // seconds that an example stays lit while the race plays
export const MOST_LIT = 300; // examples and lines to them that are lit at once
export const MOST_PREDICTIONS = 8000; // markers; where all lanes together have more, only one lane shows its own
export const SHADES = 7; // of the targets of a regression
export const DRAPE = 60; // longest piece of a path on the relief, as a part of the domain: 1 / DRAPE

const ICONS = {
  play: '<path d="M8 5.2v13.6c0 .8.9 1.3 1.6.8l10-6.8c.6-.4.6-1.2 0-1.6l-10-6.8C8.9 3.9 8 4.4 8 5.200z" fill="currentColor"/>',
  pause: '<rect x="6" y="5" width="4.2" height="14" rx="1.2" fill="currentColor"/><rect x="13.8" y="5" width="4.2" height="14" rx="1.2" fill="currentColor"/>',
  replay: '<path d="M5 12a7 7 0 1 0 2.3-5.2"/><path d="M4.5 4v4.500H9"/>',
  back: '<path d="M17.5 6.200v11.600L9 12z" fill="currentColor"/><path d="M6.5 6v12"/>',
  forward: '<path d="M6.5 6.200v11.600L15 12z" fill="currentColor"/><path d="M17.5 6v12"/>',
  loop: '<path d="M17 3l3 3-3 3"/><path d="M4 11V9.500A3.5 3.5 0 0 1 7.5 6H20"/><path d="M7 21l-3-3 3-3"/><path d="M20 13v1.500a3.5 3.5 0 0 1-3.5 3.500H4"/>',
  arrows: '<path d="M5 19L18 6"/><path d="M10.5 5.500H18.500V13.5"/>',
  inspector: '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.500 15.500L20.500 20.500M8 9h5M8 12h5"/>',
  reset: '<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/>',
  up: '<path d="M12 19V6M6 11.500l6-6 6 6"/>',
  help: '<rect x="3" y="6" width="18" height="12" rx="2"/><path d="M7 10h.01M11 10h.01M15 10h.01M8 14h8"/>',
};

export const icon = (name) => `<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${ICONS[name]}</svg>`;
