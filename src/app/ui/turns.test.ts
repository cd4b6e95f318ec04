import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

function make() {
  const frames: (() => void)[] = [];
  const did: string[] = [];
  const turns = new Turns((run) => frames.push(run));
  const frame = (): string[] => {
    did.length = 0;
    for (const run of frames.splice(0)) run();
    return [...did];
  };
  return { turns, frame, piece: (name: string) => () => void did.push(name) };
}

test('one piece a frame, in the order they came; a piece that waits already does not come twice', () => {
  const { turns, frame, piece } = make();
  const [a, b] = [piece('a'), piece('b')];
  turns.add(a);
  turns.add(b);
  turns.add(a);
  expect([frame(), frame(), frame()]).toEqual([['a'], ['b'], []]);
  turns.add(b);
  expect(frame()).toEqual(['b']);
});

test('what left is not run, and a piece that breaks does not stop those behind it', () => {
  const { turns, frame, piece } = make();
  const gone = piece('gone');
  turns.add(gone);
  turns.add(() => {
    throw new Error('broken');
  });
  turns.add(piece('last'));
  turns.remove(gone);
  expect(frame).toThrow('broken');
  expect(frame()).toEqual(['last']);
});
