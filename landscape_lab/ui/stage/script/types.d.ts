/**
 * The message from the server to the stage, and the shapes that several modules share.
 *
 * landscape_lab/ui/stage/message.py makes the message about a race and recording_message.py that about a
 * recording, whose parts are in recording.d.ts; packing.py packs it, message.js unpacks it. Under Streamlit the surface,
 * the family and the program come in messages of their own (entry.js), and a tree names them by their keys.
 */

import type { Figure, Plotly } from "./plotly.js";

export type Numbers = Float64Array | Float32Array | number[];
/** An array of the message. One of two or more axes has a shape. */
export type Shaped = Float32Array & { shape?: number[] };
export type ShapedInts = (Int32Array | Uint8Array) & { shape: number[] };
export type Range = [number, number];
/** Low and high of both parameters. */
export type Domain = [Range, Range];
export type Words = Record<string, string>;
/** An outline in the unit circle, y upwards. */
export type Outline = [number, number][];

export interface Tree {
  surface: Surface;
  curves: Curves;
  race: Race;
  /** What a recording has beside a race; null or absent for a race. */
  recording?: import("./recording.js").Recording | null;
  /** The numbers of the race for engine.js; null where the browser cannot run it. */
  engine: EngineNumbers | null;
  /** The stage that separate messages belong to, and what the knobs of the page call it (event "lab-knob"). */
  stage?: string;
  name?: string;
  /** Whether the start cannot be moved. */
  fixed_start?: boolean;
  /** How far one sees through the fog, as a part of the domain's diagonal; null without fog. */
  fog: number | null;
  view: View;
  /** The number of the last change of the view that the server has received. */
  told?: number;
  /** Whether the page around the stage shows an earlier race, and is drawn again once no number moves (page.js). */
  follows?: boolean;
  /** The steps of one entry, while the inspector is open. */
  inspector: InspectedSteps | null;
  /** A change of language or size builds the stage anew. `large` is for projection in a hall. */
  language: string;
  large?: boolean;
  words: Words;
  theme: { light: Theme; dark: Theme; markers: Record<string, Outline> };
  /** Whether the race starts to play at once. */
  play?: boolean;
  compact?: boolean;
  /** Whether the camera flies between the map and the relief, once: the start page. */
  tour?: boolean;
  /** The address of plotly.js. */
  plotly: string;
  /** Where races with other numbers are fetched from. */
  route?: Route;
}

export interface Route {
  address: string;
  link: string;
  token?: string;
}

export interface Surface {
  /** Another surface has another key. */
  key: string;
  name: string;
  contour: Figure;
  relief: Figure;
  domain: Domain;
  /** What the two parameters are called. */
  axes: [string, string];
  height: HeightScale;
  /** Of a loss over examples. */
  data: ExampleData | null;
  /** Of a recording: what its networks predict. */
  pictures?: import("./recording.js").Pictures | null;
}

/** How losses become heights: figures/heights.py. */
export interface HeightScale {
  log: boolean;
  floor: number;
  low: number;
  high: number;
}

export interface ExampleSet {
  features: Float32Array;
  targets: Float32Array;
}

export interface ExampleData extends ExampleSet {
  model: "line" | "plane" | "logistic" | "tanh" | "network";
  /** Of the features and of the target, and their ranges. */
  names: string[];
  ranges: Range[];
  held_out: ExampleSet;
  /** How many of a file's rows these are, in words, or "". */
  rows?: string;
  /** Means and deviations of the features that the model receives. */
  moments: [number[], number[]] | null;
}

export interface Curves {
  /** Whether a logarithmic loss axis is possible. */
  log: boolean;
  /** What the message subtracts from the losses. */
  offset: number;
  ranges: Record<string, Range>;
  titles: Record<string, string>;
}

export interface Race {
  key: string;
  /** Of a recording: checkpoints after the first. */
  steps: number;
  /** Empty where the entries start at different points. */
  start: number[];
  lanes: Lane[];
  /** (steps, k) examples that each step uses, -1 for none. */
  rows: ShapedInts | null;
  /** Whether the steps draw their gradients at random; then loss curves are smoothed (smoothing.js). */
  noisy?: boolean;
  /** Another round starts the race again from step 0. */
  round: string;
  /** Only the start of each entry is here, and nothing can be played. */
  veiled?: boolean;
  family: Family | null;
}

/** One entry of the race. Its arrays hold NaN after its last step. */
export interface Lane {
  name: string;
  /** In both themes. */
  colors: { light: string; dark: string };
  dash: number[];
  marker: string;
  /** Among several entries with the same optimizer; 0 for the only one. */
  number: number;
  last_step: number;
  /** How it ended, in words, or "". */
  outcome: string;
  diverged: boolean;
  /** (T + 1, 2) */
  points: Float32Array;
  /** (T + 1) losses less `Curves.offset`. */
  gaps: Float32Array;
  /** (T + 1, 2) */
  gradients: Float32Array | null;
  /** (T + 1) gradient evaluations so far, or their number per step; likewise examples. */
  evaluated: number | Float32Array;
  seen: number | Float32Array | null;
  /** (T + 1) losses on held-out data less `Curves.offset`. */
  validation: Float32Array | null;
  /** Of a run of a family: the value of the family's setting. */
  value?: number;
}

/** Runs of one entry with other values of one setting; the first axis of its arrays is the run. */
export interface Family {
  key: string;
  lane: number;
  /** The path of the setting, if a knob of the page can move it. */
  path?: string | null;
  label: string;
  values: Float32Array;
  chosen: number;
  points: Float32Array;
  gaps: Float32Array;
  gradients: Float32Array | null;
  evaluated: number | Float32Array;
  seen: number | Float32Array | null;
  validation: Float32Array | null;
  last_step: Int32Array;
  outcome: string[];
  diverged: ArrayLike<boolean>;
}

export interface View {
  projection: "map" | "relief";
  loss_axis: "log" | "linear";
  progress_axis: string;
  /** Of a recording: what the second curves show. */
  quantity?: string;
  hidden: number[];
  arrows: boolean;
  inspector: boolean;
  inspected: number;
  /** Of the relief: azimuth, elevation and zoom; empty for its own direction. */
  camera: string;
}

export type EngineNumbers = import("./engine.js").Spec & { program?: Program };

/** The code of an engine, and the arrays that go with it. */
export interface Program {
  key: string;
  text: string;
  data: import("./engine.js").Data;
}

/** What the inspector shows of one entry; T is the number of its steps. Python side: ui/stage/inspector.py. */
export interface InspectedSteps {
  lane: number;
  key: string;
  /** The ways in which a step is computed, in MathML: numbers are empty elements <mn data-at="k">, for entry k of a step's
      row; those with data-signed follow a sign, so that a negative number needs brackets. */
  forms: { name: string; head: string; body: string }[][];
  /** (T) the form of each step, and (T, k) its numbers. */
  form: ArrayLike<number>;
  numbers: Float32Array;
  /** (T) learning rates. */
  rates: Float32Array | null;
  /** (T, 2) the momentum m, and the point at which the gradient was taken if it is another one. */
  momentum: Float32Array | null;
  looked_at: Float32Array | null;
  bend: Bend;
  /** What each code of `Bend.kind` means, in words. */
  kinds: string[];
}

/** The Hessian at every point: its eigenvalues, the angle of the higher one, condition, and 2 / high. (T + 1) each. */
export interface Bend {
  low: Float32Array;
  high: Float32Array;
  angle: Float32Array;
  condition: Float32Array;
  limit: Float32Array;
  kind: ArrayLike<number> & { length: number };
}

/** The colours of one theme: figures/theme.py. */
export interface Theme {
  text: string;
  muted: string;
  grid: string;
  plot: string;
  halo: string;
  ink: string;
  line: string;
  colorscale: [number, string][];
}

/** A part of a panel, in pixels. */
export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Flat axes in pixels of their graph: each with the (logarithm of the) values at its ends, where it begins, its length. */
export interface AxesFrame {
  x: AxisFrame;
  y: AxisFrame;
}

export interface AxisFrame {
  type: string;
  range: Range;
  offset: number;
  length: number;
}

export interface Pixel {
  x: number;
  y: number;
}

/** Turns an entry and a (fractional) step into pixels of a panel. */
export interface Projection {
  /** The part of the panel that may be painted. */
  rect: Rect;
  /** Where the entry is at a step; `veiled` behind the surface. */
  head(lane: Lane, step: number): Pixel & { veiled?: boolean };
  line(lane: Lane): import("./polylines.js").Polyline;
  /** The cross of an entry that has diverged. */
  end(lane: Lane, line: import("./polylines.js").Polyline): (Pixel & { step: number }) | null;
  /** A direction in parameters as a unit vector in pixels. */
  heading(lane: Lane, step: number, dx: number, dy: number): Pixel | null;
}

/** What the page does when something is chosen in the stage. */
export interface Listeners {
  onStart?: (start: { x: number; y: number }) => void;
  onView?: (view: View & { told: number }) => void;
  onMember?: (index: number) => void;
  onRest?: () => void;
}

export type LoadPlotly = (tree: Tree) => Plotly | Promise<Plotly>;

/** The event "lab-knob" of a number that is dragged. */
export interface KnobDetail {
  path: string;
  value: number;
  phase?: "move" | "release" | "cancel";
  stage?: string;
  low: number | null;
  high: number | null;
  scale?: string;
  /** Set by the stage: settled with the route's answer to a release, where the route is asked. */
  answer?: Promise<void>;
}

/** The event "lab-flip": the value of a number from which on its entry diverges; null for none. */
export interface FlipDetail {
  path: string;
  stage: string;
  value: number | null;
  outcome: string | null;
}

declare global {
  interface DocumentEventMap {
    "lab-knob": CustomEvent<KnobDetail>;
    "lab-flip": CustomEvent<FlipDetail>;
    /** The connection to the server is lost or back (ui/connection.py). */
    "lab-connection": CustomEvent<{ lost: boolean }>;
  }
  interface Window {
    Plotly?: Plotly;
    lllPlotly?: Promise<Plotly>;
    lllLibrary?: import("./engine.js").Module;
  }
  interface HTMLElement {
    lllStage?: import("./stage.js").Stage;
    stageState?: () => object;
    lllMap?: import("../../maps/script/map.js").RunMap;
    mapState?: () => object;
  }
}
