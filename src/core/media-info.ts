/** What is known of an audio or video file before its sound is heard. */
import type { Hertz, Seconds } from './units.ts';

export interface MediaInfo {
  /** In words: "MP3", "Ogg", "MP4", "WebM", "WAV". */
  readonly container: string;
  /** Codec in words: "AAC", "Opus", "PCM". */
  readonly codec: string;
  /** Who decodes it: "this browser", "WebAssembly", "ffmpeg", "built in". */
  readonly decoder: string;
  readonly rateHz: Hertz;
  /** More than one are mixed down to one. */
  readonly channels: number;
  /** Null when the file does not say. */
  readonly durationS: Seconds | null;
  readonly hasVideo: boolean;
}

/** The part of a Blob that core may know: it has no DOM. */
export interface FileLike {
  readonly size: number;
  readonly type: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}
