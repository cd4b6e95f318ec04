import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { writeOnnx } from './onnx-writer.ts';

/** The runtime is the independent reader: what it computes shows what it read. */
test('a written graph loads and computes: inline, external, int64, negative and float attributes', async () => {
  const weights = Float32Array.of(9, 9, 1, 2, 3, 4); // [2, 2] from byte 8
  const onnx = writeOnnx({
    name: 'small',
    opset: 20,
    nodes: [
      { op: 'MatMul', inputs: ['x', 'w'], outputs: ['xw'] },
      { op: 'Add', inputs: ['xw', 'b'], outputs: ['sum'] },
      { op: 'LeakyRelu', inputs: ['sum'], outputs: ['leaky'], attributes: { alpha: { float: 0.5 } } },
      { op: 'Concat', inputs: ['leaky', 'x'], outputs: ['both'], attributes: { axis: -1 } },
      { op: 'Slice', inputs: ['both', 'from', 'to', 'axes'], outputs: ['y'] },
    ],
    inputs: [{ name: 'x', shape: ['rows', 2] }],
    outputs: [{ name: 'y', shape: ['rows', 3] }],
    initializers: [
      { name: 'w', shape: [2, 2], external: { location: 'w.bin', offset: 8, length: 16 } },
      { name: 'b', shape: [2], float32: Float32Array.of(-100, 0.25) },
      { name: 'from', shape: [1], int64: [-3] },
      { name: 'to', shape: [1], int64: [2 ** 31 - 1] },
      { name: 'axes', shape: [1], int64: [1] },
    ],
  });
  const session = await InferenceSession.create(onnx, {
    externalData: [{ path: 'w.bin', data: new Uint8Array(weights.buffer) }],
  });
  expect(session.inputNames).toEqual(['x']);
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 1, 2, 0), [2, 2]) });
  // [1 1]·[[1 2][3 4]] = [4 6] → [-96 6.25] → [-48 6.25]; the last three of [-48 6.25 1 1].
  expect(Array.from(y?.data as Float32Array)).toEqual([6.25, 1, 1, 4.25, 2, 0]);
});
