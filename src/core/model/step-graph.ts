/**
 * The ONNX graph of one step, made from the network's sizes alone; its weights come from `packWeights`. Two forms:
 *
 * - `steady`: a full segment. Its tokens replace the cache completely (SPEC section 5), so what is handed on is what was
 *   computed, without a copy.
 * - `rolling`: any segment length. The cache is the last C tokens of [cache, segment], in flattened order, as the reference
 *   keeps it.
 *
 * Both carry the same state, so a stream may change from one to the other between steps. Layers 1.. carry keys and values.
 * Layer 0 carries its input tokens instead, because the
 * reference adds positions to them again each time they are used; that costs the same, since keys and values of the cached
 * tokens then come out of the one projection that the new tokens need anyway.
 *
 * Fused operators (com.microsoft): 3-D tokens throughout, no transposes, no reshapes. See docs/decisions/step-graph.md.
 */
import type { NetworkSpec } from './card.ts';
import { cacheCapacity } from './card.ts';
import type { OnnxInitializer, OnnxNode, OnnxValue } from './onnx-writer.ts';
import { writeOnnx } from './onnx-writer.ts';
import type { PackedWeights } from './pack-weights.ts';
import { stepIo } from './step-io.ts';

export type GraphForm = 'steady' | 'rolling';

export interface StepGraph {
  readonly form: GraphForm;
  /** The .onnx file; refers to `weights` as external data called `weightsName`. */
  readonly onnx: Uint8Array;
  readonly weights: Uint8Array;
  readonly weightsName: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodeCount: number;
}

const LAYER_EPS = 1e-6;
const HEAD_EPS = 1e-5;
const MICROSOFT = 'com.microsoft';
/** Slice's "to the end". */
const END = 2 ** 31 - 1;

/** Tokens of a full segment: class token, if any, included. */
export function segmentTokens(network: NetworkSpec, frames: number, mels = 64): number {
  const columns = Math.min(Math.floor(frames / network.patch), network.timePositions);
  return (mels / network.patch) * columns + (network.pooling === 'token' ? 1 : 0);
}

export function buildStepGraph(
  network: NetworkSpec,
  classes: number,
  form: GraphForm,
  packed: PackedWeights,
): StepGraph {
  const { width: D, depth, heads, family, pooling } = network;
  const streaming = family === 'streaming';
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = packed.tensors.map(({ name, shape, offset, length }) => ({
    name,
    shape,
    external: { location: packed.name, offset, length },
  }));

  const add = (
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: OnnxNode['attributes'] = {},
    domain = '',
  ): string => {
    nodes.push({ op, inputs, outputs, attributes, domain });
    return outputs.find((output) => output !== '') ?? '';
  };
  const ints = (name: string, values: readonly number[]): string => {
    if (!initializers.some((known) => known.name === name)) {
      initializers.push({ name, shape: [values.length], int64: values });
    }
    return name;
  };
  const TOKENS = () => ints('axis_tokens', [1]);
  /** The last `count` tokens of [1, S, D]; all of them when there are fewer. */
  const lastTokens = (input: string, count: number, output: string): string =>
    add('Slice', [input, ints(`last_${count}`, [-count]), ints('end', [END]), TOKENS()], [output]);

  const capacity = streaming ? cacheCapacity(network) : 0;
  const fullTokens = segmentTokens(network, network.targetFrames);
  /** What a layer hands on: in the steady form without a class token, exactly the new tokens. */
  const carry = (fresh: string, all: string, output: string): void => {
    if (form === 'rolling') lastTokens(all, capacity, output);
    else if (fullTokens !== capacity) lastTokens(fresh, capacity, output);
    else throw new Error(`${output} is handed on as it is; name it so`);
  };
  /** True when `fresh` itself is the state and must bear the output's name. */
  const carriesFresh = streaming && form === 'steady' && fullTokens === capacity;

  // Tokens and positions. With a cache, old and new tokens get their positions in one addition.
  let tokens = add('MatMul', ['patches', 'patch.weight'], ['patch_tokens']);
  const parts = [...(streaming ? ['past_0'] : []), ...(pooling === 'token' ? ['cls_token'] : []), tokens];
  if (parts.length > 1) tokens = add('Concat', parts, ['tokens_raw'], { axis: 1 });
  const all = add('Add', [tokens, 'positions'], ['tokens_all']);

  /** The segment's own part of a tensor that has cached tokens in front. */
  const current = (input: string, output: string): string => {
    if (!streaming) return input;
    if (form === 'steady') return lastTokens(input, fullTokens, output);
    return add('Slice', [input, 'past_count', ints('end', [END]), TOKENS()], [output]);
  };
  /** Says the size that a full segment has. Costs nothing; the runtime then fuses bias additions into their products. */
  const sized = (input: string): string =>
    streaming && form === 'steady'
      ? add('Reshape', [input, ints('segment_shape', [1, fullTokens, D])], [`${input}_sized`])
      : input;
  if (streaming && form === 'rolling') add('Shape', ['past_0'], ['past_count'], { start: 1, end: 2 });

  const fresh0 = current(all, carriesFresh ? 'present_0' : 'tokens_new');
  if (streaming && !carriesFresh) carry(fresh0, all, 'present_0');
  let residual = sized(fresh0);
  let normed = add('LayerNormalization', [all, 'blocks.0.norm1.weight', 'blocks.0.norm1.bias'], ['norm1_0'], {
    axis: -1,
    epsilon: { float: LAYER_EPS },
  });

  for (let i = 0; i < depth; i++) {
    const block = `blocks.${i}`;
    const past = streaming && i > 0;
    const fresh = past && carriesFresh;
    const product = add('MatMul', [normed, `${block}.attn.qkv.weight`], [`qkv_product_${i}`]);
    const qkv = add('Add', [product, `${block}.attn.qkv.bias`], [`qkv_${i}`]);
    const k = past ? (fresh ? `present_${i}_k` : `k_new_${i}`) : `k_${i}`;
    const v = past ? (fresh ? `present_${i}_v` : `v_new_${i}`) : `v_${i}`;
    add('Split', [qkv, ints('thirds', [D, D, D])], [`q_${i}`, k, v], { axis: 2 });
    let q = `q_${i}`;
    let keys = k;
    let values = v;
    if (i === 0) q = sized(current(q, 'q_new_0'));
    if (past) {
      keys = add('Concat', [`past_${i}_k`, k], [`k_all_${i}`], { axis: 1 });
      values = add('Concat', [`past_${i}_v`, v], [`v_all_${i}`], { axis: 1 });
      if (!fresh) {
        carry(k, keys, `present_${i}_k`);
        carry(v, values, `present_${i}_v`);
      }
    }
    const attention = add('MultiHeadAttention', [q, keys, values], [`attention_${i}`], { num_heads: heads }, MICROSOFT);
    const projected = add('MatMul', [attention, `${block}.attn.proj.weight`], [`projected_${i}`]);
    // One kernel: add the residual and the bias, normalise, and keep the sum.
    const addNorm = (input: string, norm: string, bias: string, name: string): void => {
      add(
        'SkipLayerNormalization',
        [input, residual, `${norm}.weight`, `${norm}.bias`, bias],
        [name, '', '', `${name}_sum`],
        { epsilon: { float: LAYER_EPS } },
        MICROSOFT,
      );
      residual = `${name}_sum`;
      normed = name;
    };
    addNorm(projected, `${block}.norm2`, `${block}.attn.proj.bias`, `norm2_${i}`);
    const hidden = add('MatMul', [normed, `${block}.mlp.fc1.weight`], [`hidden_${i}`]);
    const active = add('BiasGelu', [hidden, `${block}.mlp.fc1.bias`], [`active_${i}`], {}, MICROSOFT);
    const mlp = add('MatMul', [active, `${block}.mlp.fc2.weight`], [`mlp_${i}`]);
    const next = i + 1 < depth ? `blocks.${i + 1}.norm1` : 'norm';
    addNorm(mlp, next, `${block}.mlp.fc2.bias`, i + 1 < depth ? `norm1_${i + 1}` : 'norm');
  }

  // Head (SPEC section 7): one row, or one per time column for `dm`.
  let pooled: string;
  if (pooling === 'token') {
    pooled = add('Gather', [normed, ints('first_token', [0])], ['class_token_3d'], { axis: 1 });
    pooled = add('Reshape', [pooled, ints('row', [1, D])], ['pooled']);
  } else if (pooling === 'dm') {
    const grid = add('Reshape', [normed, ints('grid', [4, -1, D])], ['grid_tokens']);
    pooled = add('ReduceMean', [grid, ints('axis_frequency', [0])], ['pooled'], { keepdims: 0 });
  } else {
    pooled = add('ReduceMean', [normed, TOKENS()], ['pooled'], { keepdims: 0 });
  }
  const headIn = add('LayerNormalization', [pooled, 'outputlayer.0.weight', 'outputlayer.0.bias'], ['head_norm'], {
    axis: -1,
    epsilon: { float: HEAD_EPS },
  });
  add('Gemm', [headIn, 'outputlayer.1.weight', 'outputlayer.1.bias'], ['output'], { transB: 1 });

  const io = stepIo(network, classes);
  const inputs: OnnxValue[] = [...io.inputs, ...io.state.map(({ input, shape }) => ({ name: input, shape }))];
  const outputs: OnnxValue[] = [
    io.output,
    ...io.state.map(({ output, shape }) => ({ name: output, shape: [1, 'C', shape[2] ?? D] })),
  ];
  return {
    form,
    onnx: writeOnnx({
      name: `earshot_${family.replace('-', '_')}_${form}`,
      nodes,
      inputs,
      outputs,
      // Fused QKV etc. are used once each; what no node reads (norm1 of a missing layer) must not be declared.
      initializers: initializers.filter(({ name }) => nodes.some((node) => node.inputs.includes(name))),
      opset: 20,
    }),
    weights: packed.bytes,
    weightsName: packed.name,
    inputs: inputs.map(({ name }) => name),
    outputs: outputs.map(({ name }) => name),
    nodeCount: nodes.length,
  };
}
