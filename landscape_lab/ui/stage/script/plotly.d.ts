/** Figures as Plotly takes them, and plotly.js itself, as far as the stage reads and calls them. */

import type { Numbers, Range, Shaped } from "./types.js";

/** A figure as Plotly takes it. What the stage does not read is passed on as it is. */
export interface Figure {
  data: Trace[];
  layout: Layout;
}

export interface Trace {
  [name: string]: unknown;
  type?: string;
  meta?: string;
  x: Numbers & ArrayLike<number>;
  y: Numbers & ArrayLike<number>;
  z: Shaped;
  contours: Levels;
  line: { color: string };
  marker?: Marker;
  customdata?: unknown;
  hovertemplate?: string;
}

export interface Marker {
  symbol: string;
  size: number;
  color: string;
  line: { color: string; width: number };
}

/** Heights of contour lines. */
export interface Levels {
  start: number;
  end: number;
  size: number;
}

export interface Layout {
  [name: string]: unknown;
  width: number;
  height: number;
  margin: { l: number; r: number; t: number; b: number };
  font: { family: string; size: number; color: string };
  plot_bgcolor: string;
  xaxis: AxisLayout;
  yaxis: AxisLayout;
  coloraxis?: ColorAxis;
  scene?: { zaxis?: { range?: Range }; camera?: { eye: Point3 }; aspectratio?: Point3 };
}

export type Point3 = { x: number; y: number; z: number };

export interface AxisLayout {
  type: string;
  range: Range;
  title: { text: string; font?: { size: number } };
  gridcolor: string;
  tickcolor: string;
  tickfont: { size: number; color: string };
  dtick?: number | string | null;
  nticks?: number;
  exponentformat?: string;
}

export interface ColorAxis {
  colorscale: [number, string][];
  cmin: number;
  cmax: number;
  showscale?: boolean;
  colorbar: { title: { text: string }; tickvals: number[]; ticktext: string[]; tickfont: { color: string } };
}

/** plotly.js, as far as the stage calls it. */
export interface Plotly {
  react(graph: HTMLElement, data: object[], layout: object, config: object): Promise<unknown>;
  relayout(graph: HTMLElement, change: object): Promise<unknown>;
  restyle(graph: HTMLElement, change: object, traces: number[]): Promise<unknown>;
  purge(graph: HTMLElement): void;
}
