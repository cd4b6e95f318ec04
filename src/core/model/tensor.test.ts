import { describe, expect, test } from 'vitest';
import { EarshotError } from '../errors.ts';
import { elementCount, float32Tensor, type TensorDtype, toFloat32, toHalf, toHalves } from './tensor.ts';

const tensorOf = (dtype: TensorDtype, bytes: ArrayBuffer, shape: number[]) => ({
  dtype,
  shape,
  bytes: new Uint8Array(bytes),
});
const halves = (...bits: number[]) => tensorOf('F16', Uint16Array.from(bits).buffer, [bits.length]);

describe('toFloat32', () => {
  test('widens half precision exactly: zeros, smallest, largest, infinities', () => {
    const values = toFloat32(halves(0x3c00, 0xc100, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x7c00, 0xfc00, 0x8000, 0x7e00));
    const expected = [1, -2.5, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 65_504, Infinity, -Infinity, -0, Number.NaN];
    expect([...values]).toEqual(expected);
  });

  test('widens bfloat16 and narrows float64', () => {
    expect([...toFloat32(tensorOf('BF16', Uint16Array.of(0x3f80, 0xc049, 0x7f80).buffer, [3]))]).toEqual([
      1,
      -3.140625,
      Infinity,
    ]);
    expect([...toFloat32(tensorOf('F64', Float64Array.of(0.1, 1e300).buffer, [2]))]).toEqual([
      Math.fround(0.1),
      Infinity,
    ]);
  });

  test('is a view where bytes are aligned and a copy where they are not', () => {
    const values = Float32Array.of(1, 2, 3);
    expect(toFloat32(float32Tensor([3], values)).buffer).toBe(values.buffer);
    const shifted = new Uint8Array(13);
    shifted.set(new Uint8Array(values.buffer), 1);
    expect([...toFloat32({ dtype: 'F32', shape: [3], bytes: shifted.subarray(1) })]).toEqual([1, 2, 3]);
  });

  test('refuses integers, and bytes that do not fit the shape', () => {
    expect(() => toFloat32(tensorOf('I64', new ArrayBuffer(8), [1]))).toThrow(EarshotError);
    expect(() => toFloat32(tensorOf('F32', new ArrayBuffer(8), [3]))).toThrow('has 12 bytes, got 8');
    expect(() => float32Tensor([2, 2], new Float32Array(3))).toThrow('needs 4 values, got 3');
    expect(elementCount([])).toBe(1);
  });
});

describe('toHalf', () => {
  test('undoes the widening of every finite half', () => {
    const all = Uint16Array.from({ length: 65_536 }, (_, bits) => bits).filter((bits) => (bits & 0x7c00) !== 0x7c00);
    const back = Array.from(toFloat32(tensorOf('F16', all.slice().buffer, [all.length])), toHalf);
    expect(back).toEqual([...all]);
  });

  test('rounds to nearest, ties to even, and what is too large to infinity', () => {
    expect(toHalf(1 + 2 ** -11)).toBe(0x3c00);
    expect(toHalf(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(toHalf(1 + 2 ** -11 + 2 ** -20)).toBe(0x3c01);
    expect(toHalf(2 ** -25)).toBe(0);
    expect(toHalf(3 * 2 ** -26)).toBe(1);
    expect(toHalf(65_519)).toBe(0x7bff);
    expect(toHalf(65_520)).toBe(0x7c00);
    expect(toHalf(-1e9)).toBe(0xfc00);
    expect(toHalf(2047.9)).toBe(0x6800);
    expect(toHalf(Number.NaN)).toBe(0x7e00);
    expect(toHalf(-0)).toBe(0x8000);
  });

  test('many at once are as one by one: next to every border between two halves, both signs', () => {
    const finite = Array.from({ length: 0x7c00 }, (_, bits) => bits);
    const values = toFloat32(tensorOf('F16', Uint16Array.from(finite).buffer, [finite.length]));
    const bits = new Uint32Array(3 * finite.length);
    const expected: number[] = [];
    const floats = new Float32Array(bits.buffer);
    finite.slice(0, -1).forEach((half, i) => {
      const between = (values[i]! + values[i + 1]!) / 2;
      const sign = half % 2 === 0 ? 1 : -1;
      floats[3 * i] = sign * between;
      const [below, above] = [new Float32Array([between]), new Float32Array([between])];
      new Uint32Array(below.buffer)[0]! -= 1;
      new Uint32Array(above.buffer)[0]! += 1;
      floats[3 * i + 1] = sign * below[0]!;
      floats[3 * i + 2] = sign * above[0]!;
      const signBit = sign < 0 ? 0x8000 : 0;
      // In the middle the even one of the two.
      expected.push(signBit | (half % 2 === 0 ? half : half + 1), signBit | half, signBit | (half + 1));
    });
    const out = new Uint16Array(bits.length);
    toHalves(bits, out);
    expect([...out.subarray(0, expected.length)]).toEqual(expected);
  });
});
