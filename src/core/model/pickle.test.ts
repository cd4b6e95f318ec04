/** The pickle reader against pickles put together by hand: what it reads, and everything it refuses. */
import { describe, expect, test } from 'vitest';
import { seeded } from '../../../fixtures/seeded.ts';
import { EarshotError } from '../errors.ts';
import { PickleTensor, type PickleValue, readPickle } from './pickle.ts';

type Part = number | string | readonly Part[] | Uint8Array;

/** Numbers are bytes, strings are ASCII. */
function bytesOf(...parts: Part[]): Uint8Array {
  const out: number[] = [];
  const add = (part: Part): void => {
    if (typeof part === 'number') out.push(part);
    else if (typeof part === 'string') for (const letter of part) out.push(letter.charCodeAt(0));
    else if (part instanceof Uint8Array) for (const byte of part) out.push(byte);
    else part.forEach(add);
  };
  parts.forEach(add);
  return Uint8Array.from(out);
}
const little = (value: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => (value / 256 ** i) & 255);
const text = (value: string): Part => {
  const utf8 = new TextEncoder().encode(value);
  return ['X', little(utf8.length, 4), utf8];
};
const int = (value: number): Part => ['J', little(value >>> 0, 4)];
const global = (module: string, name: string): Part => ['c', module, '\n', name, '\n'];
const pickle = (...body: Part[]): Uint8Array => bytesOf(0x80, 2, ...body, '.');
const EMPTY_TUPLE = ')';
const TUPLE1 = 0x85;

const read = (...body: Part[]): PickleValue => readPickle(pickle(...body)).value;

function refusal(bytes: Uint8Array): string {
  const startedAt = performance.now();
  let thrown: unknown;
  try {
    readPickle(bytes);
  } catch (error) {
    thrown = error;
  }
  expect(thrown, 'an error was expected').toBeInstanceOf(EarshotError);
  expect(performance.now() - startedAt).toBeLessThan(5000);
  if (!(thrown instanceof EarshotError)) return '';
  expect(thrown.code).toBe('bad-checkpoint');
  return thrown.message;
}

const storage = (key: string, length: number, type = 'FloatStorage', device = 'cpu'): Part => [
  '(',
  text('storage'),
  global('torch', type),
  text(key),
  text(device),
  int(length),
  't',
  'Q',
];
const tensor = (place: Part, offset: number, shape: readonly number[], strides: readonly number[]): Part => [
  global('torch._utils', '_rebuild_tensor_v2'),
  '(',
  place,
  int(offset),
  ['(', shape.map(int), 't'],
  ['(', strides.map(int), 't'],
  0x89,
  [global('collections', 'OrderedDict'), EMPTY_TUPLE, 'R'],
  't',
  'R',
];

describe('what it reads', () => {
  test('plain values, in every form torch and Python write them', () => {
    expect(read('N')).toBe(null);
    expect(read(0x88)).toBe(true);
    expect(read(0x89)).toBe(false);
    expect(read('K', 200)).toBe(200);
    expect(read('M', little(60_000, 2))).toBe(60_000);
    expect(read(int(-300))).toBe(-300);
    expect(read('G', [0x3f, 0xf8, 0, 0, 0, 0, 0, 0])).toBe(1.5);
    expect(read(text('h\u00e9llo \u2603'))).toBe('h\u00e9llo \u2603');
    expect(read(0x8c, 2, 'ab')).toBe('ab');
    expect(read(0x8d, little(2, 8), 'ab')).toBe('ab');
    expect(read('C', 2, [1, 2])).toEqual(Uint8Array.of(1, 2));
  });

  test('long integers: signed, exact beyond 2^53, empty is zero', () => {
    expect(read(0x8a, 0)).toBe(0);
    expect(read(0x8a, 1, 0xff)).toBe(-1);
    expect(read(0x8a, 2, [0xff, 0x00])).toBe(255);
    expect(read(0x8a, 6, little(2 ** 40, 6))).toBe(2 ** 40);
    expect(read(0x8a, 8, [0, 0, 0, 0, 0, 0, 0, 0x80])).toBe(-(2n ** 63n));
    expect(read(0x8b, little(1, 4), 5)).toBe(5);
  });

  test('lists, tuples, dictionaries and sets, nested', () => {
    expect(read(']', '(', int(1), 'N', 'e')).toEqual([1, null]);
    expect(read(']', int(1), 'a')).toEqual([1]);
    expect(read('(', int(1), int(2), int(3), int(4), 't')).toEqual([1, 2, 3, 4]);
    expect(read(int(1), TUPLE1)).toEqual([1]);
    expect(read('}', '(', text('a'), ']', text('b'), '}', 'u')).toEqual(
      new Map<PickleValue, PickleValue>([
        ['a', []],
        ['b', new Map()],
      ]),
    );
    expect(read('}', text('a'), int(1), 's')).toEqual(new Map([['a', 1]]));
    expect(read(global('__builtin__', 'set'), ']', '(', int(1), int(2), 'e', TUPLE1, 'R')).toEqual(new Set([1, 2]));
    expect(read(0x8f, '(', int(7), 0x90)).toEqual(new Set([7]));
  });

  test('memo: short, long and implied numbers', () => {
    expect(read(text('x'), 'q', 3, '0', 'h', 3)).toBe('x');
    expect(read(text('x'), 'r', little(70_000, 4), '0', 'j', little(70_000, 4))).toBe('x');
    expect(readPickle(bytesOf(0x80, 4, 0x95, little(8, 8), 0x8c, 1, 'x', 0x94, '0', 'h', 0, '.')).value).toBe('x');
  });

  test('an ordered dictionary keeps its entries; its attributes are dropped', () => {
    const made = read(global('collections', 'OrderedDict'), EMPTY_TUPLE, 'R', text('a'), int(1), 's', [
      '}',
      text('_metadata'),
      '}',
      's',
      'b',
    ]);
    expect(made).toEqual(new Map([['a', 1]]));
  });

  test('a tensor is a place; a parameter is its tensor; device tags say nothing', () => {
    const place = storage('7', 100, 'HalfStorage', 'cuda:0');
    const value = read(
      global('torch._utils', '_rebuild_parameter'),
      '(',
      tensor(place, 3, [2, 4], [10, 1]),
      0x88,
      [global('collections', 'OrderedDict'), EMPTY_TUPLE, 'R'],
      't',
      'R',
    );
    expect(value).toBeInstanceOf(PickleTensor);
    expect(value).toMatchObject({
      offset: 3,
      shape: [2, 4],
      strides: [10, 1],
      storage: { dtype: 'F16', key: '7', length: 100 },
    });
  });

  test('names of Object.prototype are names like others', () => {
    const value = read('}', '(', text('__proto__'), int(1), text('constructor'), int(2), 'u');
    expect(value).toEqual(
      new Map([
        ['__proto__', 1],
        ['constructor', 2],
      ]),
    );
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('the end is the byte after STOP, wherever it started', () => {
    const bytes = bytesOf('junk', pickle(int(5)), 'more');
    expect(readPickle(bytes, 4)).toEqual({ value: 5, end: 4 + 8 });
  });
});

describe('what it refuses, by name', () => {
  const call = (module: string, name: string): Uint8Array =>
    pickle(global(module, name), text('echo pwned'), TUPLE1, 'R');

  test.each([
    ['os', 'system'],
    ['posix', 'system'],
    ['nt', 'system'],
    ['subprocess', 'Popen'],
    ['builtins', 'eval'],
    ['builtins', 'exec'],
    ['__builtin__', 'eval'],
    ['builtins', 'getattr'],
    ['builtins', '__import__'],
    ['torch', 'load'],
    ['torch.hub', 'load'],
    ['torch._utils', '_rebuild_tensor'],
    ['torch.storage', '_load_from_bytes'],
    ['collections', 'OrderedDict.update'],
    ['constructor', 'constructor'],
    ['__proto__', 'toString'],
    ['numpy.core.multiarray', 'scalar'],
  ])('%s.%s', (module, name) => {
    expect(refusal(call(module, name))).toContain(`${module}.${name}`);
  });

  test('the same by STACK_GLOBAL, and at which byte', () => {
    const bytes = bytesOf(0x80, 4, 0x8c, 2, 'os', 0x8c, 6, 'system', 0x93, 0x8c, 1, 'x', TUPLE1, 'R', '.');
    expect(refusal(bytes)).toContain('os.system');
    expect(refusal(bytes)).toMatch(/byte 14\b/);
  });

  test('a refused name is refused even when it is never called', () => {
    expect(refusal(pickle(global('os', 'system'), '0', 'N'))).toContain('os.system');
  });

  test.each([
    ['INST', 'i', ['(', 'i', 'os\nsystem\n']],
    ['OBJ', 'o', ['(', global('collections', 'OrderedDict'), 'o']],
    ['NEWOBJ', '0x81', [global('collections', 'OrderedDict'), EMPTY_TUPLE, 0x81]],
    ['NEWOBJ_EX', '0x92', [global('collections', 'OrderedDict'), EMPTY_TUPLE, '}', 0x92]],
    ['EXT1', '0x82', [0x82, 1]],
    ['PERSID', 'P', ['P', 'x\n']],
    ['NEXT_BUFFER', '0x97', [0x97]],
    ['an opcode that is none', '0xff', [0xff]],
  ] satisfies [string, string, Part[]][])('opcode %s', (_, opcode, body) => {
    const hex = opcode.length === 1 ? `0x${opcode.charCodeAt(0).toString(16)}` : opcode;
    expect(refusal(pickle(...body))).toContain(hex);
  });

  test('attributes on anything but a dictionary', () => {
    expect(refusal(pickle(']', '}', 'b'))).toMatch(/attributes/);
  });

  test('a persistent id that is text, or names a storage type only as text', () => {
    refusal(pickle(text('storage'), 'Q'));
    refusal(pickle('(', text('storage'), text('F32'), text('0'), text('cpu'), int(1), 't', 'Q'));
  });

  test('a callable or a type among data', () => {
    refusal(pickle(global('collections', 'OrderedDict')));
    refusal(pickle(global('torch', 'FloatStorage')));
    refusal(pickle(']', global('collections', 'OrderedDict'), 'a'));
    refusal(pickle('}', global('torch', 'FloatStorage'), int(1), 's'));
  });

  test('arguments of the wrong kind', () => {
    refusal(pickle(global('torch._utils', '_rebuild_tensor_v2'), int(1), TUPLE1, 'R'));
    refusal(pickle(tensor(storage('0', 4), -1, [2], [1])));
    refusal(pickle(tensor(storage('0', 4), 0, [2, 2], [1])));
    refusal(pickle(tensor(storage('0', 4), 0, [-2], [1])));
    refusal(pickle(tensor(storage('0', -4), 0, [2], [1])));
    refusal(pickle(tensor(text('0'), 0, [2], [1])));
    refusal(pickle(text('x'), EMPTY_TUPLE, 'R'));
    refusal(pickle(global('torch', 'Size'), text('abc'), TUPLE1, 'R'));
  });

  test('a stack that does not add up', () => {
    for (const body of ['', '0', 't', 'a', 's', 'u', 'e', 'R', 'Q', 'b', '2', '(', '(t0', 'NN', '(N', 'h\u0009']) {
      refusal(pickle(body));
    }
    // What lies below a MARK cannot be taken from above it.
    refusal(pickle('N', '(', TUPLE1));
    refusal(pickle(']', '(', 'N', 'a', 't'));
  });

  test('unknown protocols, and none at all', () => {
    for (const protocol of [0, 1, 6, 255]) refusal(bytesOf(0x80, protocol, 'N', '.'));
    refusal(new Uint8Array(0));
  });
});

describe('bounded work', () => {
  test('lengths that the file does not have', () => {
    for (const start of [
      ['X', little(0xffffffff, 4)],
      ['B', little(0x7fffffff, 4)],
      [0x8d, little(2 ** 40, 8)],
      [0x8e, [255, 255, 255, 255, 255, 255, 255, 127]],
      [0x95, little(2 ** 40, 8)],
      [0x8b, little(0x7fffffff, 4)],
    ] satisfies Part[][]) {
      refusal(pickle(start, 'x'));
    }
  });

  test('huge integers, also when all their bytes are there', () => {
    expect(refusal(pickle(0x8a, 255, new Uint8Array(255).fill(7)))).toMatch(/integer of 255 bytes/);
    expect(refusal(pickle(0x8b, little(5_000_000, 4), new Uint8Array(5_000_000).fill(7)))).toMatch(/5000000 bytes/);
  });

  test('nesting a million deep: by MARK, by TUPLE1, by lists in lists', () => {
    refusal(pickle('('.repeat(1_000_000)));
    refusal(pickle(EMPTY_TUPLE, new Uint8Array(1_000_000).fill(TUPLE1)));
    refusal(pickle(']'.repeat(300_000), 'a'.repeat(299_999)));
    refusal(
      pickle(
        'N',
        Array.from({ length: 5000 }, () => [TUPLE1]),
      ),
    );
  });

  test('a list, a dictionary or a tuple that holds itself', () => {
    refusal(pickle(']', 'q', 0, 'h', 0, 'a'));
    refusal(pickle('}', 'q', 0, text('me'), 'h', 0, 's'));
    refusal(pickle(']', 'q', 0, 'h', 0, TUPLE1, 'a'));
    refusal(pickle(']', 'q', 0, ']', 'q', 1, 'h', 0, 'a', 'a'));
  });

  test('a small file that is a huge tree: each level holds the one before many times', () => {
    const level: Part = ['q', 0, '0', '(', ['h', 0], ['h', 0], ['h', 0], ['h', 0], 't'];
    refusal(
      pickle(
        EMPTY_TUPLE,
        Array.from({ length: 100 }, () => level),
      ),
    );
    // The same with copies: each call of list() doubles what it is given.
    const doubled: Part = [global('builtins', 'list'), 'h', 0, TUPLE1, 'R', 'q', 0];
    refusal(
      pickle(
        ']',
        '(',
        'N'.repeat(10_000),
        'e',
        'q',
        0,
        Array.from({ length: 1000 }, () => doubled),
        't',
      ),
    );
  });

  test('duplicates and memos without end', () => {
    refusal(pickle('N', '2'.repeat(1_500_000)));
    refusal(pickle('N', new Uint8Array(1_500_000).fill(0x94)));
    refusal(pickle('(', 'N'.repeat(1_500_000), 't'));
  });

  test('what a pickle makes is bounded by the size of the file it is in, not by a number alone', () => {
    // A byte each, and some 250 bytes of memory.
    const maps = pickle('(', '}'.repeat(60_000), 'l');
    expect(refusal(maps)).toMatch(/makes more than 20600 things/);
    readPickle(maps, 0, 1_000_000);
    // Walked as a tree by whoever takes the value: counted by what is met, not by what is stored.
    const shared: Part = ['q', 0, '0', '(', ['h', 0], ['h', 0], 't'];
    expect(
      refusal(
        pickle(
          EMPTY_TUPLE,
          Array.from({ length: 16 }, () => shared),
        ),
      ),
    ).toMatch(/repeats itself/);
  });

  test('text that is encoded again and again is paid for', () => {
    const encode: Part = [global('_codecs', 'encode'), 'h', 0, text('latin1'), 0x86, 'R', '0'];
    const copies = Array.from({ length: 2000 }, () => encode);
    expect(refusal(pickle(text('a'.repeat(5000)), 'q', 0, copies))).toMatch(/makes more than/);
    expect(read(global('_codecs', 'encode'), text('a\u00ff\u0000'), text('latin1'), 0x86, 'R')).toEqual(
      Uint8Array.of(0x61, 0xff, 0),
    );
  });

  test('20 000 seeded random pickles: a value or our refusal, never anything else', () => {
    const random = seeded(77);
    const letters =
      '().0]}NqhrjXKMJaesutbRQc12G\u0080\u0085\u0086\u0087\u0088\u0089\u008a\u008c\u008f\u0090\u0091\u0093\u0094'.split(
        '',
      );
    const known = [
      global('collections', 'OrderedDict'),
      global('torch', 'FloatStorage'),
      global('builtins', 'set'),
      global('torch._utils', '_rebuild_tensor_v2'),
      storage('0', 4),
      text('a'),
      int(1),
    ].map((part) => bytesOf(part));
    let values = 0;
    for (let round = 0; round < 20_000; round++) {
      const body: Part[] = [];
      const length = 1 + Math.floor(random() * 12);
      for (let i = 0; i < length; i++) {
        body.push(
          random() < 0.3
            ? known[Math.floor(random() * known.length)]!
            : random() < 0.1
              ? Math.floor(random() * 256)
              : letters[Math.floor(random() * letters.length)]!,
        );
      }
      try {
        readPickle(pickle(...body));
        values++;
      } catch (error) {
        if (!(error instanceof EarshotError)) throw error;
      }
    }
    expect(values).toBeGreaterThan(200);
  });

  test('every cut of a good pickle is refused', () => {
    const good = pickle('}', text('w'), tensor(storage('0', 6), 0, [2, 3], [3, 1]), 's');
    readPickle(good);
    for (let length = 0; length < good.length; length++) refusal(good.subarray(0, length));
  });
});
