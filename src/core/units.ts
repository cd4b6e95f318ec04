/**
 * Words for numbers. The house units are seconds and hertz; a number in another unit carries it in its name.
 * Nothing here does anything at run time.
 */

export type Seconds = number;
export type Hertz = number;
/** 10·log10 of power relative to full scale (samples in -1..1). */
export type Decibels = number;
/** 0..1, a sigmoid of one class; the classes of one frame do not sum to 1. */
export type Probability = number;
export type Milliseconds = number;

declare const space: unique symbol;
/** A count of samples at the capturing device's rate. */
export type DeviceSamples = number & { readonly [space]: 'device' };
/** A count of samples at the model's rate (16 kHz). */
export type ModelSamples = number & { readonly [space]: 'model' };

export const deviceSamples = (count: number): DeviceSamples => count as DeviceSamples;
export const modelSamples = (count: number): ModelSamples => count as ModelSamples;
