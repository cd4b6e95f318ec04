/**
 * Writes the part of ONNX's protobuf that a step graph needs: nodes, float and int64 initializers (inside the file or as
 * external data), named inputs and outputs. Field numbers are those of onnx.proto (ONNX 1.16). Pure; any thread.
 */

export type OnnxAttribute = number | { readonly float: number } | readonly number[] | string;

export interface OnnxNode {
  readonly op: string;
  /** '' for an omitted optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** '' is ai.onnx, 'com.microsoft' the runtime's fused operators. */
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxValue {
  readonly name: string;
  /** A string names a symbolic dimension. All values are float32. */
  readonly shape: readonly (number | string)[];
}

export type OnnxInitializer =
  | { readonly name: string; readonly shape: readonly number[]; readonly float32: Float32Array }
  | { readonly name: string; readonly shape: readonly number[]; readonly int64: readonly number[] }
  /** float32 values in another file, little-endian, from `offset`. */
  | {
      readonly name: string;
      readonly shape: readonly number[];
      readonly external: { readonly location: string; readonly offset: number; readonly length: number };
    };

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxInitializer[];
  readonly opset: number;
  readonly docString?: string;
}

const FLOAT = 1;
const INT64 = 7;
const AttributeKind = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** A growing protobuf message. Lengths are known when a sub-message is done, so each is written into a writer of its own. */
class Message {
  #bytes = new Uint8Array(256);
  #length = 0;

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  int(field: number, value: number): this {
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#varint(field * 8 + 5);
    return this.#raw(new Uint8Array(Float32Array.of(value).buffer));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    return this.#raw(value);
  }

  /** Names in a graph are ASCII. */
  text(field: number, value: string): this {
    const bytes = new Uint8Array(value.length);
    for (let i = 0; i < value.length; i++) bytes[i] = value.charCodeAt(i) & 0x7f;
    return this.bytes(field, bytes);
  }

  message(field: number, write: (message: Message) => void): this {
    const inner = new Message();
    write(inner);
    return this.bytes(field, inner.finish());
  }

  #raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  #varint(value: number): void {
    this.#reserve(10);
    // Negative int64 values are ten bytes of two's complement; BigInt is fine here, nothing is hot.
    let rest = value < 0 ? BigInt.asUintN(64, BigInt(value)) : BigInt(value);
    while (rest >= 0x80n) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

function writeAttribute(message: Message, name: string, value: OnnxAttribute): void {
  message.text(1, name);
  if (typeof value === 'number') {
    message.int(3, value).int(20, AttributeKind.int);
  } else if (typeof value === 'string') {
    message.text(4, value).int(20, AttributeKind.string);
  } else if ('float' in value) {
    message.float(2, value.float).int(20, AttributeKind.float);
  } else {
    for (const item of value) message.int(8, item);
    message.int(20, AttributeKind.ints);
  }
}

function writeInitializer(message: Message, initializer: OnnxInitializer): void {
  for (const dim of initializer.shape) message.int(1, dim);
  message.int(2, 'int64' in initializer ? INT64 : FLOAT).text(8, initializer.name);
  if ('float32' in initializer) {
    const { float32 } = initializer;
    message.bytes(9, new Uint8Array(float32.buffer, float32.byteOffset, float32.byteLength));
  } else if ('int64' in initializer) {
    message.bytes(9, new Uint8Array(BigInt64Array.from(initializer.int64, BigInt).buffer));
  } else {
    const { location, offset, length } = initializer.external;
    for (const [key, value] of Object.entries({ location, offset, length })) {
      message.message(13, (entry) => entry.text(1, key).text(2, String(value)));
    }
    message.int(14, 1);
  }
}

function writeValue(message: Message, value: OnnxValue): void {
  message.text(1, value.name).message(2, (type) =>
    type.message(1, (tensor) =>
      tensor.int(1, FLOAT).message(2, (shape) => {
        for (const dim of value.shape) {
          shape.message(1, (d) => (typeof dim === 'number' ? d.int(1, dim) : d.text(2, dim)));
        }
      }),
    ),
  );
}

/** The bytes of an .onnx file. */
export function writeOnnx(graph: OnnxGraph): Uint8Array {
  const fused = graph.nodes.some((node) => node.domain === 'com.microsoft');
  const model = new Message()
    // The oldest IR version that has this opset: older runtimes refuse a newer one.
    .int(1, graph.opset < 19 ? 8 : 9)
    .text(2, 'earshot')
    .message(7, (body) => {
      for (const node of graph.nodes) {
        body.message(1, (message) => {
          for (const input of node.inputs) message.text(1, input);
          for (const output of node.outputs) message.text(2, output);
          // Named by what it makes: runtime errors and profiles then read well.
          message.text(3, node.outputs.find((output) => output !== '') ?? node.op).text(4, node.op);
          for (const [name, value] of Object.entries(node.attributes ?? {})) {
            message.message(5, (attribute) => writeAttribute(attribute, name, value));
          }
          if (node.domain) message.text(7, node.domain);
        });
      }
      body.text(2, graph.name);
      for (const initializer of graph.initializers)
        body.message(5, (message) => writeInitializer(message, initializer));
      if (graph.docString) body.text(10, graph.docString);
      for (const input of graph.inputs) body.message(11, (message) => writeValue(message, input));
      for (const output of graph.outputs) body.message(12, (message) => writeValue(message, output));
    })
    .message(8, (opset) => opset.text(1, '').int(2, graph.opset));
  if (fused) model.message(8, (opset) => opset.text(1, 'com.microsoft').int(2, 1));
  return model.finish();
}
