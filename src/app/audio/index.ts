/** Ways in for sound, as the store uses them. */
export type { AudioInput, InputEnd } from './audio-input.ts';
export { listMicrophones, type MicrophoneOptions, openMicrophone, watchMicrophones } from './microphone.ts';
export { openSample, type SampleOptions } from './sample.ts';
