/** One chunk as the model takes it: dB after the range clamp. */
export interface MelChunk {
  /** dB, row-major [frameCount, mels]; frame 0 first, lowest band first. */
  readonly data: Float32Array;
  readonly frameCount: number;
  /** Index of the first frame in the stream (gaps counted). */
  readonly startFrame: number;
  /**
   * Span in model-rate samples that the chunk stands for. A sliding window hears more than that: it stands for what is new in it,
   * the end of its frames.
   */
  readonly startSample: number;
  readonly sampleCount: number;
  /** Model-rate samples lost between the previous chunk and this one; 0 when none. */
  readonly gapBefore: number;
}
