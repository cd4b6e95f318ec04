/** onnxruntime's native CPU engine, for the command line and for tests. Node only. */
import * as ort from 'onnxruntime-node';
import { OneAtATime } from '../core/engine/one-at-a-time.ts';
import { OrtBackend } from './ort-backend.ts';

const queue = new OneAtATime();

export function createNodeBackend(options: { readonly threads?: number } = {}): OrtBackend {
  const threads = options.threads ?? 1;
  return new OrtBackend({
    ort,
    queue,
    info: {
      kind: 'node',
      label: `Node, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
      reason: 'the only engine here',
    },
    session: {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    },
    stateLocation: 'cpu',
  });
}
