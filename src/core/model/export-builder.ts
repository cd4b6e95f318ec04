/** Nodes and constants of an exported graph as they are put together. Each node is named by what it makes. */
import type { OnnxInitializer, OnnxNode } from './onnx-writer.ts';

export class ExportBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, OnnxInitializer>();

  /** Constants that a node reads, in the order they were given. */
  get initializers(): OnnxInitializer[] {
    const read = new Set(this.nodes.flatMap(({ inputs }) => inputs));
    return [...this.#initializers.values()].filter(({ name }) => read.has(name));
  }

  /** Returns the name of what it makes. */
  add(
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: NonNullable<OnnxNode['attributes']> = {},
  ): string {
    this.nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  }

  split(input: string, sizes: readonly number[], outputs: readonly string[], axis: number): void {
    this.nodes.push({ op: 'Split', inputs: [input, this.ints(sizes)], outputs, attributes: { axis } });
  }

  /** From `from` (a constant, or the name of a value [1]) to `to` along one axis. */
  slice(input: string, axis: number, from: number | string, to: number | string, output: string): string {
    const bound = (value: number | string): string => (typeof value === 'number' ? this.ints([value]) : value);
    return this.add('Slice', [input, bound(from), bound(to), this.ints([axis])], output);
  }

  /** 0 keeps a dimension, -1 is what is left. */
  reshape(input: string, shape: readonly number[], output: string): string {
    return this.add('Reshape', [input, this.ints(shape)], output);
  }

  ints(values: readonly number[]): string {
    const name = `ints_${values.join('_')}`;
    this.#initializers.set(name, { name, shape: [values.length], int64: values });
    return name;
  }

  /** An index without dimensions, for Gather. */
  index(value: number): string {
    const name = `index_${value}`;
    this.#initializers.set(name, { name, shape: [], int64: [value] });
    return name;
  }

  number(value: number, name: string): string {
    return this.floats(name, [], Float32Array.of(value));
  }

  floats(name: string, shape: readonly number[], float32: Float32Array): string {
    this.#initializers.set(name, { name, shape, float32 });
    return name;
  }
}

/** Slice's "to the end". */
export const TO_END = 2 ** 31 - 1;
