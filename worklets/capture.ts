/**
 * The capture processor: one input of any channels, one output that stays silent. The output is there to be connected to the
 * destination: a node that leads nowhere need not be run. `process` copies and counts, and nothing else.
 */
import type { CaptureProcessorName, ToCapture } from '../src/core/protocol/capture-messages.ts';
import { CaptureLine } from './capture-line.ts';

const NAME: CaptureProcessorName = 'earshot-capture';

const isToCapture = (data: unknown): data is ToCapture =>
  typeof data === 'object' && data !== null && 'type' in data && (data.type === 'ring' || data.type === 'stop');

class CaptureProcessor extends AudioWorkletProcessor implements AudioWorkletProcessorImpl {
  readonly #line = new CaptureLine();

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!isToCapture(data)) return;
      if (data.type === 'ring') this.#line.useRing(data.handle);
      else this.#line.stop();
    };
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const channels = inputs[0];
    if (channels !== undefined) this.#line.take(channels, currentFrame, outputs[0]?.[0]?.length ?? 128);
    return !this.#line.stopped;
  }
}

registerProcessor(NAME, CaptureProcessor);
