/**
 * A model as one ordinary .onnx file for other people's programs: weights inside, standard operators only, log-mel (or samples) and
 * the state in, probabilities and the next state out, any number of streams in a call. Why it is another graph than the one that
 * Earshot itself runs: docs/exported-models.md. Pure; any thread; takes about four times the size of the weights while it works.
 */
import { cacheCapacity, type ModelCard } from './card.ts';
import { ExportBuilder, TO_END } from './export-builder.ts';
import { addFrontEnd } from './export-front-end.ts';
import { type OnnxValue, writeOnnx } from './onnx-writer.ts';
import { packWeights, weight } from './pack-weights.ts';
import type { StateDict } from './tensor.ts';

/** The first opset with LayerNormalization; everything else is older. Runtimes since 2022 have it. */
export const EXPORT_OPSET = 17;

export interface ExportOptions {
  readonly card: ModelCard;
  /** Tensors of model.safetensors, validated against the card. */
  readonly state: StateDict;
  /** `mel`: dB [N, frames, mels]; `samples`: [N, samples], see export-front-end.ts. */
  readonly input: 'mel' | 'samples';
  /**
   * Row-major [slots, tokens, width], for a server that tells when a stream starts: the graph then has an input `START` [N, 1],
   * and where that is 1 the incoming state is not looked at and this one taken instead. A full cache: its size is fixed then.
   */
  readonly startState?: Float32Array;
}

export interface ExportGraph {
  readonly onnx: Uint8Array;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** One stream's state as the exported graph carries it. */
export interface StateShape {
  /** The tokens of layer 0, then keys and values of each further layer. */
  readonly slots: number;
  /** Of a full cache. */
  readonly tokens: number;
  readonly width: number;
}

/** Null for a model that remembers nothing. */
export function stateShapeOf({ network, features }: ModelCard): StateShape | null {
  if (network.family === 'full-context') return null;
  const { depth, width } = network;
  return { slots: 2 * depth - 1, tokens: cacheCapacity(network, features.mels), width };
}

/** Most frames that a call makes use of; what comes behind them is not looked at. */
export function maxFrames({ network }: ModelCard): number {
  const { patch, targetFrames, timePositions, family } = network;
  return patch * (family === 'streaming' ? Math.floor(targetFrames / patch) : timePositions);
}

const LAYER_EPS = 1e-6;
const HEAD_EPS = 1e-5;
const BATCH_NORM_EPS = 1e-5;

export function buildExportGraph({ card, state, input, startState }: ExportOptions): ExportGraph {
  const { network, features } = card;
  const { width: D, depth, heads, patch, pooling } = network;
  const { mels } = features;
  const classes = card.labels.mids.length;
  const carried = stateShapeOf(card);
  const graph = new ExportBuilder();

  const packed = packWeights(state, network, classes);
  for (const { name, shape, offset, length } of packed.tensors) {
    graph.floats(name, shape, new Float32Array(packed.bytes.buffer, offset, length / 4));
  }

  const norm = (x: string, name: string, output: string, epsilon = LAYER_EPS): string =>
    graph.add('LayerNormalization', [x, `${name}.weight`, `${name}.bias`], output, {
      axis: -1,
      epsilon: { float: epsilon },
    });
  const linear = (x: string, name: string, output: string): string =>
    graph.add('Add', [graph.add('MatMul', [x, `${name}.weight`], `${output}_product`), `${name}.bias`], output);
  /** What a layer hands on: its last C tokens, all of them when there are fewer. */
  const lastTokens = (x: string, tokens: number, output: string): string => graph.slice(x, 1, -tokens, TO_END, output);

  // Log-mel to normalised patches [N, tokens, 256]: index f · t + j (frequency-major), inside a patch frequency row by row.
  const mel = input === 'mel' ? 'mel' : addFrontEnd(graph, card, state, 'samples');
  const { scale, shift } = batchNorm(state, mels);
  graph.add('Mul', [mel, graph.floats('batch_norm.scale', [mels], scale)], 'mel_scaled');
  graph.add('Add', ['mel_scaled', graph.floats('batch_norm.shift', [mels], shift)], 'mel_normalised');
  const rows = mels / patch;
  const mostColumns = maxFrames(card) / patch;
  graph.add('Shape', [mel], 'frame_count', { start: 1, end: 2 });
  graph.add('Div', ['frame_count', graph.ints([patch])], 'whole_columns');
  graph.add('Min', ['whole_columns', graph.ints([mostColumns])], 'columns');
  graph.add('Mul', ['columns', graph.ints([patch])], 'used_frames');
  graph.slice('mel_normalised', 1, 0, 'used_frames', 'mel_used');
  graph.reshape('mel_used', [0, -1, patch, rows, patch], 'patch_grid');
  graph.add('Transpose', ['patch_grid'], 'patch_rows', { perm: [0, 3, 1, 4, 2] });
  graph.reshape('patch_rows', [0, -1, patch * patch], 'patches');
  graph.add('MatMul', ['patches', 'patch.weight'], 'patch_tokens');

  // Positions, summed beforehand: [4, columns, D], of which a call uses the first (new sound) or the last ones (cached sound).
  const { fresh, cached } = positionTables(state, card);
  graph.floats('positions.new', [rows, mostColumns, D], fresh);
  graph.slice('positions.new', 1, 0, 'columns', 'new_grid');
  graph.reshape('new_grid', [1, -1, D], 'new_positions');
  let tokens = graph.add('Add', ['patch_tokens', 'new_positions'], 'tokens_new');
  if (pooling === 'token') {
    const token = weight(state, 'cls_token', D).map((value, d) => value + weight(state, 'token_pos_embed', D)[d]!);
    graph.floats('class_token', [1, 1, D], token);
    // One for each stream of the call.
    graph.add('Shape', [mel], 'streams', { start: 0, end: 1 });
    graph.add('Concat', ['streams', graph.ints([1, D])], 'class_token_shape', { axis: 0 });
    graph.add('Expand', ['class_token', 'class_token_shape'], 'class_tokens');
    tokens = graph.add('Concat', ['class_tokens', tokens], 'tokens_classed', { axis: 1 });
  }

  /** What is handed on, slot by slot: [N, tokens, D]. */
  const handedOn: string[] = [];
  let all = tokens;
  if (carried) {
    let past = 'state';
    if (startState) {
      graph.floats('start_state', [1, carried.slots, carried.tokens, D], startState);
      graph.add('Greater', ['START', graph.number(0.5, 'half')], 'starts');
      graph.reshape('starts', [-1, 1, 1, 1], 'starts_stream');
      past = graph.add('Where', ['starts_stream', 'start_state', 'state'], 'state_in');
    }
    for (let slot = 0; slot < carried.slots; slot++) {
      graph.add('Gather', [past, graph.index(slot)], `past_${slot}`, { axis: 1 });
    }
    // The reference adds positions to the cached tokens of layer 0 each time they are used (SPEC section 5 step 2).
    graph.floats('positions.cached', [rows, network.timePositions, D], cached);
    graph.add('Shape', [past], 'cached_count', { start: 2, end: 3 });
    graph.add('Div', ['cached_count', graph.ints([rows])], 'cached_columns');
    graph.add('Sub', [graph.ints([network.timePositions]), 'cached_columns'], 'cached_from');
    graph.slice('positions.cached', 1, 'cached_from', TO_END, 'cached_grid');
    graph.reshape('cached_grid', [1, -1, D], 'cached_positions');
    graph.add('Add', ['past_0', 'cached_positions'], 'tokens_cached');
    all = graph.add('Concat', ['tokens_cached', tokens], 'tokens_all', { axis: 1 });
    handedOn.push(lastTokens(all, carried.tokens, 'present_0'));
  }

  let residual = tokens;
  for (let i = 0; i < depth; i++) {
    const block = `blocks.${i}`;
    const firstWithCache = carried !== null && i === 0;
    // Layer 0 makes keys and values of its cached tokens too; the other layers have them.
    const normed = norm(firstWithCache ? all : residual, `${block}.norm1`, `norm1_${i}`);
    linear(normed, `${block}.attn.qkv`, `qkv_${i}`);
    graph.split(`qkv_${i}`, [D, D, D], [`q_all_${i}`, `k_new_${i}`, `v_new_${i}`], 2);
    let [q, k, v] = [`q_all_${i}`, `k_new_${i}`, `v_new_${i}`];
    if (firstWithCache) q = graph.slice(q, 1, 'cached_count', TO_END, 'q_0');
    if (carried && i > 0) {
      k = graph.add('Concat', [`past_${2 * i - 1}`, k], `k_${i}`, { axis: 1 });
      v = graph.add('Concat', [`past_${2 * i}`, v], `v_${i}`, { axis: 1 });
      handedOn.push(lastTokens(k, carried.tokens, `present_${2 * i - 1}`));
      handedOn.push(lastTokens(v, carried.tokens, `present_${2 * i}`));
    }
    const attended = addAttention(graph, { q, k, v, width: D, heads, suffix: `_${i}` });
    linear(attended, `${block}.attn.proj`, `projected_${i}`);
    residual = graph.add('Add', [residual, `projected_${i}`], `attended_${i}`);
    norm(residual, `${block}.norm2`, `norm2_${i}`);
    linear(`norm2_${i}`, `${block}.mlp.fc1`, `hidden_${i}`);
    const active = addGelu(graph, `hidden_${i}`);
    linear(active, `${block}.mlp.fc2`, `mlp_${i}`);
    residual = graph.add('Add', [residual, `mlp_${i}`], `block_${i}`);
  }
  addHead(graph, card, norm(residual, 'norm', 'norm_out'), norm, rows);

  if (carried) {
    graph.add('Concat', handedOn, 'present_tokens', { axis: 1 });
    graph.reshape('present_tokens', [0, carried.slots, -1, D], 'next_state');
  }

  const stateValue = (name: string, count: string): OnnxValue[] =>
    carried ? [{ name, shape: ['N', carried.slots, startState ? carried.tokens : count, D] }] : [];
  const inputs: OnnxValue[] = [
    input === 'mel' ? { name: 'mel', shape: ['N', 'frames', mels] } : { name: 'samples', shape: ['N', 'samples'] },
    ...stateValue('state', 'cached'),
    ...(carried && startState ? [{ name: 'START', shape: ['N', 1] }] : []),
  ];
  const outputs: OnnxValue[] = [{ name: 'scores', shape: ['N', classes] }, ...stateValue('next_state', 'kept')];
  const onnx = writeOnnx({
    name: `earshot_${network.family.replace('-', '_')}`,
    docString: ascii(
      `${card.id}, revision ${card.revision}: ${card.title}. Weights SHA-256 ${card.sha256}. Licence ${card.licence.spdx}.`,
    ),
    nodes: graph.nodes,
    inputs,
    outputs,
    initializers: graph.initializers,
    opset: EXPORT_OPSET,
  });
  return { onnx, inputs, outputs };
}

interface Attention {
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly width: number;
  readonly heads: number;
  readonly suffix: string;
}

/** Scaled dot products of all heads: q [N, Q, D], k and v [N, S, D] to [N, Q, D]. */
function addAttention(graph: ExportBuilder, { q, k, v, width, heads, suffix }: Attention): string {
  const perHead = width / heads;
  const byHead = (x: string, perm: readonly number[], name: string): string =>
    graph.add(
      'Transpose',
      [graph.reshape(x, [0, 0, heads, perHead], `${name}_heads${suffix}`)],
      `${name}_by_head${suffix}`,
      {
        perm,
      },
    );
  const queries = byHead(q, [0, 2, 1, 3], 'q');
  const keys = byHead(k, [0, 2, 3, 1], 'k');
  const values = byHead(v, [0, 2, 1, 3], 'v');
  graph.add('MatMul', [queries, keys], `products${suffix}`);
  graph.add('Mul', [`products${suffix}`, graph.number(perHead ** -0.5, 'attention_scale')], `logits${suffix}`);
  graph.add('Softmax', [`logits${suffix}`], `shares${suffix}`, { axis: -1 });
  graph.add('MatMul', [`shares${suffix}`, values], `heads${suffix}`);
  graph.add('Transpose', [`heads${suffix}`], `heads_back${suffix}`, { perm: [0, 2, 1, 3] });
  return graph.reshape(`heads_back${suffix}`, [0, 0, width], `attention${suffix}`);
}

/** The exact one. Gelu is an operator of its own from opset 20 only; runtimes know this form and fuse it. */
function addGelu(graph: ExportBuilder, x: string): string {
  graph.add('Div', [x, graph.number(Math.SQRT2, 'sqrt_two')], `${x}_scaled`);
  graph.add('Erf', [`${x}_scaled`], `${x}_erf`);
  graph.add('Add', [`${x}_erf`, graph.number(1, 'one')], `${x}_erf_plus`);
  graph.add('Mul', [x, `${x}_erf_plus`], `${x}_doubled`);
  return graph.add('Mul', [`${x}_doubled`, graph.number(0.5, 'half')], `${x}_gelu`);
}

/** Pooling, head and activation (SPEC section 7): [N, S, D] to `scores` [N, classes]. */
function addHead(
  graph: ExportBuilder,
  card: ModelCard,
  tokens: string,
  norm: (x: string, name: string, output: string, epsilon?: number) => string,
  rows: number,
): void {
  const { width, pooling } = card.network;
  let pooled: string;
  if (pooling === 'token') {
    pooled = graph.add('Gather', [tokens, graph.index(0)], 'pooled', { axis: 1 });
  } else if (pooling === 'dm') {
    // One row for each time column: [N, columns, D].
    graph.add('Shape', [tokens], 'token_shape', { start: 0, end: 1 });
    graph.add('Concat', ['token_shape', graph.ints([rows, -1, width])], 'grid_shape', { axis: 0 });
    graph.add('Reshape', [tokens, 'grid_shape'], 'token_grid');
    pooled = graph.add('ReduceMean', ['token_grid'], 'pooled', { axes: [1], keepdims: 0 });
  } else {
    pooled = graph.add('ReduceMean', [tokens], 'pooled', { axes: [1], keepdims: 0 });
  }
  const normed = norm(pooled, 'outputlayer.0', 'head_norm', HEAD_EPS);
  graph.add('Transpose', ['outputlayer.1.weight'], 'head_weight', { perm: [1, 0] });
  graph.add('MatMul', [normed, 'head_weight'], 'head_product');
  const perColumn = pooling === 'dm';
  const active = card.activation === 'sigmoid';
  const logits = !active && !perColumn ? 'scores' : 'logits';
  graph.add('Add', ['head_product', 'outputlayer.1.bias'], logits);
  const probabilities = active ? graph.add('Sigmoid', [logits], perColumn ? 'column_scores' : 'scores') : logits;
  if (perColumn) graph.add('ReduceMean', [probabilities], 'scores', { axes: [1], keepdims: 0 });
}

/** Batch norm with stored statistics as one product and one sum, made in float64 (SPEC section 2). */
function batchNorm(state: StateDict, mels: number): { readonly scale: Float32Array; readonly shift: Float32Array } {
  const part = (name: string): Float32Array => weight(state, `init_bn.1.${name}`, mels);
  const [gain, bias, mean, variance] = [part('weight'), part('bias'), part('running_mean'), part('running_var')];
  const scale = Float64Array.from(gain, (g, m) => g / Math.sqrt(variance[m]! + BATCH_NORM_EPS));
  return { scale: Float32Array.from(scale), shift: Float32Array.from(bias, (b, m) => b - mean[m]! * scale[m]!) };
}

/** Time plus frequency positions, row-major [4, columns, D]; those of new patches with the patch projection's bias. */
function positionTables(
  state: StateDict,
  card: ModelCard,
): { readonly fresh: Float32Array; readonly cached: Float32Array } {
  const { width: D, timePositions: P, patch } = card.network;
  const rows = card.features.mels / patch;
  const time = weight(state, 'time_pos_embed', D * P);
  const frequency = weight(state, 'freq_pos_embed', D * rows);
  const bias = weight(state, 'patch_embed.proj.bias', D);
  const table = (columns: number, extra: Float32Array | null): Float32Array => {
    const out = new Float32Array(rows * columns * D);
    let o = 0;
    for (let f = 0; f < rows; f++) {
      for (let j = 0; j < columns; j++) {
        for (let d = 0; d < D; d++) out[o++] = time[d * P + j]! + frequency[d * rows + f]! + (extra?.[d] ?? 0);
      }
    }
    return out;
  };
  return { fresh: table(maxFrames(card) / patch, bias), cached: table(P, null) };
}

/** What a protobuf string of ours can hold; card words may have curly quotes. */
const ascii = (text: string): string =>
  text
    .replaceAll(/[‘’]/g, "'")
    .replaceAll(/[“”]/g, '"')
    .replaceAll(/[^\x20-\x7e]/g, '?');
