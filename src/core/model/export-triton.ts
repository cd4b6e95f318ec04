/**
 * The `config.pbtxt` with which NVIDIA's Triton Inference Server serves an exported model: sequence batching, the state kept by the
 * server between the requests of a stream. What the settings are for is said in docs/exported-models.md. Pure.
 */
import type { ModelCard } from './card.ts';
import type { ExportGraph } from './export-graph.ts';
import type { OnnxValue } from './onnx-writer.ts';

export const TRITON_LIMITS = {
  /** Streams that are run together. */
  maxBatch: 64,
  /** Streams that one copy of the model has at a time; more wait until one ends. */
  maxStreams: 1024,
  /** How long a chunk waits for others to be run with. */
  queueDelayMs: 20,
  /** A stream that sends nothing for so long is given up. Triton's own default, 1 s, is less than one chunk. */
  idleS: 60,
} as const;

/** Beside config.pbtxt; one class a line, so that a client may ask for the top classes by name. */
export const TRITON_LABELS = 'labels.txt';

/** `name` is the model's folder; `graph` was made with a start state where the model remembers anything. */
export function tritonConfig(name: string, graph: Pick<ExportGraph, 'inputs' | 'outputs'>): string {
  const [input] = graph.inputs;
  const [scores] = graph.outputs;
  const [state, nextState] = [graph.inputs.find(named('state')), graph.outputs.find(named('next_state'))];
  const delay = `max_queue_delay_microseconds: ${TRITON_LIMITS.queueDelayMs * 1000}`;
  const batching =
    state && nextState
      ? `sequence_batching {
  max_sequence_idle_microseconds: ${TRITON_LIMITS.idleS * 1_000_000}
  oldest {
    max_candidate_sequences: ${TRITON_LIMITS.maxStreams}
    ${delay}
  }
  control_input [
    {
      name: "START"
      control [
        {
          kind: CONTROL_SEQUENCE_START
          fp32_false_true: [ 0, 1 ]
        }
      ]
    }
  ]
  state [
    {
      input_name: "${state.name}"
      output_name: "${nextState.name}"
      data_type: TYPE_FP32
      dims: ${dims(state)}
    }
  ]
}`
      : `dynamic_batching {
  ${delay}
}`;
  return `name: "${name}"
backend: "onnxruntime"
max_batch_size: ${TRITON_LIMITS.maxBatch}
input [
  {
    name: "${input!.name}"
    data_type: TYPE_FP32
    dims: ${dims(input!)}
  }
]
output [
  {
    name: "${scores!.name}"
    data_type: TYPE_FP32
    dims: ${dims(scores!)}
    label_filename: "${TRITON_LABELS}"
  }
]
${batching}
`;
}

const named =
  (name: string) =>
  (value: OnnxValue): boolean =>
    value.name === name;

/** Without the batch dimension, which Triton adds; -1 where it varies. */
const dims = ({ shape }: OnnxValue): string =>
  `[ ${shape
    .slice(1)
    .map((dim) => (typeof dim === 'number' ? dim : -1))
    .join(', ')} ]`;

export const tritonLabels = ({ labels }: ModelCard): string => `${labels.names.join('\n')}\n`;
