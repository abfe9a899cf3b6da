/** The parts of the message that a recording has beside a race; landscape_lab/ui/stage/recording_message.py makes them. */

import type { Domain, Range, ShapedInts } from "./types.js";

/** Runs of many parameters on a plane. Their points are checkpoints (T of them), between which many steps may lie. */
export interface Recording {
  /** (T) the step after which each checkpoint was reached, increasing from 0. */
  numbers: Int32Array;
  /** What the second curves can show; may be empty. */
  quantities: Quantity[];
  /** Of each entry the losses (T) at the nearest points of the plane. */
  drawn: Float32Array[] | null;
  /** Of each entry the distance (T) from the plane, and the largest of all that are finite. */
  distance: Float32Array[] | null;
  farthest: number;
  /** How much of the paths the plane holds, in words, or "". */
  share: string;
}

/** Something that was measured at the checkpoints. */
export interface Quantity {
  name: string;
  /** In words. */
  label: string;
  /** Of its axis: "linear" or "log", and the (logarithm of the) values at the ends. */
  type: string;
  range: Range;
  /** Of each entry: values (T), those on validation data, and the value that it is compared with; null where there are none. */
  runs: { values: Float32Array; validation: Float32Array | null; limit: number | null }[];
}

export type Pictures = BoundaryPictures | ImagePictures;

/** The outputs of networks with two features and two classes; the examples are `Surface.data`. */
export interface BoundaryPictures {
  kind: "boundary";
  /** (K) the checkpoints of which there are pictures, increasing from 0. */
  at: Int32Array;
  /** Of the grid. */
  ranges: Domain;
  /** Of each entry: (K, rows, columns) from 0 for a certain class 0 to 255 for a certain class 1, and a bit for each
      training and each validation example, the lowest of a byte first, which is 1 where the class is wrong. */
  runs: { outputs: ShapedInts; wrong: ShapedInts[] }[];
}

/** What networks see in the validation images. */
export interface ImagePictures {
  kind: "images";
  at: Int32Array;
  /** (m, side * side) from 0 to 255. */
  images: Uint8Array;
  side: number;
  labels: Uint8Array;
  /** Of each entry: (K, m). */
  runs: { predicted: Uint8Array }[];
}
