// @ts-check
export const RUN_SECONDS = 8; // a race of many steps at speed 1, however many
export const SHORT_SECONDS = 2; // a race of a single step; between them the time grows with the steps
export const SHORT_STEPS = 16; // a second for so many of them
export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10];
export const TRAILS = [0, 200, 50, 20, 5]; // steps; 0 is the whole trail
export const FONT_SIZE = 14; // of the graphs, in pixels
export const LINE_WIDTH = 2.75;
export const HALO_WIDTH = 5.5;
export const MARKER_RADIUS = 8;
export const HOVER_RADIUS = 12;
export const HELD_OUT_DASH = [3, 4]; // of the curves on held-out data
export const LIMIT_DASH = [10, 5]; // of the value that a quantity is compared with
export const FAINT = 0.18; // strength of the entries beside one that is pointed at
export const SHADES = 7; // of the targets of a regression
