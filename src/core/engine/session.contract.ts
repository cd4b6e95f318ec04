/** What every engine session must do, whatever runs it. Called with Node, WASM and WebGPU sessions. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TinyModel, tinyModel } from '../../../fixtures/tiny-model.ts';
import { probabilities } from '../scores/probabilities.ts';
import type { Segment } from '../stream/segments.ts';
import { selfCheck, selfCheckScores, selfCheckSegment } from './self-check.ts';
import type { StepSession } from './step-session.ts';

export function sessionContract(name: string, open: (model: TinyModel) => Promise<StepSession>): void {
  describe(`engine session: ${name}`, () => {
    const model = tinyModel();
    const { card } = model;
    const segments = Array.from({ length: 6 }, (_, turn) => selfCheckSegment(card, turn));
    const cut = (segment: Segment, frames: number): Segment => ({
      data: segment.data.subarray(0, frames * 64),
      frameCount: frames,
      paddedTo: frames,
    });
    let session: StepSession;
    beforeAll(async () => {
      session = await open(model);
    });
    afterAll(async () => {
      await session.dispose();
    });

    const play = async (list: readonly Segment[], on = session): Promise<number[][]> => {
      let state = await on.initialState();
      const out: number[][] = [];
      for (const segment of list) {
        const result = await on.step(segment, state);
        state = result.state;
        out.push(Array.from(probabilities(result.output, card)));
      }
      await on.discard(state);
      return out;
    };

    test('the memory matters, and a stream begun again is as new', async () => {
      const first = await play(segments);
      const again = await play(segments);
      expect(again).toEqual(first);
      const [alone] = await play([segments[3]!]);
      expect(Math.max(...alone!.map((score, k) => Math.abs(score - first[3]![k]!)))).toBeGreaterThan(1e-4);
    });

    test('two streams on one session do not touch, also with steps in flight at once', async () => {
      const backwards = segments.toReversed();
      const [a, b] = await Promise.all([play(segments), play(backwards)]);
      expect(a).toEqual(await play(segments));
      expect(b).toEqual(await play(backwards));
    });

    test('a state is used once; the second step with it is refused and the stream goes on', async () => {
      const state = await session.initialState();
      const one = session.step(segments[0]!, state);
      const two = session.step(segments[1]!, state);
      await expect(two).rejects.toThrow(/used once/);
      const { state: live } = await one;
      const next = await session.step(segments[1]!, live);
      expect(next.output).toHaveLength(5);
      await session.discard(next.state);
    });

    test('tensors alive do not grow with time, and all are given back', async () => {
      const before = session.liveTensors;
      let state = await session.initialState();
      const counts = new Set<number>();
      for (let i = 0; i < 40; i++) {
        state = (await session.step(segments[i % segments.length]!, state)).state;
        counts.add(session.liveTensors - before);
      }
      expect([...counts]).toEqual([card.io.state.length]);
      await session.discard(state);
      expect(session.liveTensors).toBe(before);
    });

    test('short segments run on the same memory, before and after full ones', async () => {
      const mixed = [segments[0]!, cut(segments[1]!, 40), cut(segments[2]!, 17), segments[3]!];
      const scores = await play(mixed);
      expect(scores.flat().every((score) => score > 0 && score < 1)).toBe(true);
      expect(scores).toEqual(await play(mixed));
    });

    test('the stored self-check passes on its own scores and fails on wrong ones', async () => {
      const scores = Array.from(await selfCheckScores(session));
      const right = await open({ ...model, card: { ...card, selfCheck: scores } });
      const report = await selfCheck(right);
      expect(report?.maxDifference).toBeLessThan(1e-4);
      await right.dispose();
      const wrong = await open({ ...model, card: { ...card, selfCheck: scores.map((score) => 1 - score) } });
      await expect(selfCheck(wrong)).rejects.toMatchObject({ code: 'self-check-failed' });
      await wrong.dispose();
    });

    test('after dispose a step is refused, not left hanging', async () => {
      const other = await open(model);
      const state = await other.initialState();
      await other.dispose();
      await expect(other.step(segments[0]!, state)).rejects.toMatchObject({ code: 'disposed' });
    });
  });
}
