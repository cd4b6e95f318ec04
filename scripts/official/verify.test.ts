/**
 * The acceptance run against a stand-in: reduced networks under published names, synthetic sounds under the recordings' names, and
 * the scores that the original project computed for them (parity fixtures) as if its README had printed them.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EMBEDDED_PARITY, loadParity } from '../../fixtures/parity-manifest.ts';
import { audioSetLabels } from '../../src/core/scores/audioset-labels.ts';
import { PRINTED_SCORES, type PrintedScores, parsePrintedScores } from './printed-scores.ts';
import { verifyOfficial } from './verify.ts';

const parity = loadParity(EMBEDDED_PARITY)!;
const T2 = 'SAT_T_stream2s_mAP_43_34.pt';
const T1 = 'SAT_T_stream1s_mAP_40_11.pt';
const RECORDING = 'jkLRith2wcc.wav';

let folder = '';
let said: string[] = [];
let server: Server | null = null;
const put = (from: string, name: string): void => copyFileSync(join(EMBEDDED_PARITY, from), join(folder, name));
const verify = (...args: string[]): Promise<number> =>
  verifyOfficial([folder, ...args], (line) => void said.push(line));
const text = (): string => said.join('\n');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-official-'));
  said = [];
});
afterEach(() => {
  server?.close();
  server = null;
  rmSync(folder, { recursive: true });
});

/** Reference scores of the first chunks as a README would print them: the three highest, four decimals. */
function printed(caseId: string, chunks: number): Record<string, number>[] {
  const item = parity.manifest.cases.find(({ id }) => id === caseId)!;
  const values = parity.values(item.scores!);
  const classes = item.scores!.shape[1]!;
  return Array.from({ length: chunks }, (_, chunk) => {
    const scores = [...values.subarray(chunk * classes, (chunk + 1) * classes)].map((score, i) => ({ score, i }));
    const top = scores.sort((a, b) => b.score - a.score).slice(0, 3);
    return Object.fromEntries(top.map(({ score, i }) => [`Class ${i}`, Number(score.toFixed(4))]));
  });
}

function expectation(change: (runs: PrintedScores['runs']) => void = () => {}): string {
  const runs: PrintedScores['runs'] = [
    {
      file: T2,
      recording: RECORDING,
      chunkSeconds: 2,
      required: true,
      chunks: printed('sat_t_2s/speech/stream/2s/silence', 3),
    },
    {
      file: T1,
      recording: RECORDING,
      chunkSeconds: 1,
      required: true,
      chunks: printed('sat_t_1s/speech/stream/1s/silence', 5),
    },
  ];
  change(runs);
  const path = join(folder, 'expected.json');
  writeFileSync(path, JSON.stringify({ source: 'stand-in', runs }));
  return path;
}

/** A record at the address where Zenodo would have it. */
async function serveRecord(md5: (name: string) => string): Promise<string> {
  const files = [T2, T1].map((name) => {
    const bytes = readFileSync(join(folder, name));
    return { key: name, size: bytes.length, checksum: `md5:${md5(name)}` };
  });
  const record = { id: 7964975, metadata: { title: 'Stand-in', license: { id: 'cc-by-4.0' } }, files };
  server = createServer((request, response) => {
    response.statusCode = request.url === '/api/records/7964975' ? 200 : 404;
    response.end(JSON.stringify(record));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '';
}

describe('the acceptance run', () => {
  beforeEach(() => {
    put('checkpoints/sat_t_2s.pt', T2);
    put('checkpoints/sat_t_1s.pt', T1);
    put('audio/speech.wav', RECORDING);
  });

  test('fits where our scores are those of the original project', async () => {
    expect(await verify('--offline', '--expect', expectation())).toBe(0);
    expect(text()).toMatch(/MATCH: 24 scores were compared, the largest difference is 0\.000/);
    expect(text()).toContain('unverified');
    // Honest about what was put in its place.
    expect(text()).toContain('note: published is width 192 in 12 layers with 527 classes');
  });

  test('a score that is off by a hundredth ends with 1 and is named', async () => {
    const path = expectation((runs) => {
      const [name, score] = Object.entries(runs[0]!.chunks[1]!)[0]!;
      runs[0]!.chunks[1]![name] = score > 0.5 ? score - 0.01 : score + 0.01;
    });
    expect(await verify('--offline', '--expect', path)).toBe(1);
    expect(said.filter((line) => line.endsWith('  MISMATCH'))).toHaveLength(1);
    expect(text()).toMatch(/wrong: SAT_T_stream2s.* in chunk 2 is 0\.\d{4}, not 0\.\d{4}/);
    expect(await verify('--offline', '--expect', path, '--tolerance', '0.02')).toBe(0);
  });

  test('a class or a chunk that is not there is a mismatch, not silence', async () => {
    const path = expectation((runs) => {
      runs[0]!.chunks[0]!['Stream'] = 0.9;
      runs[1]!.chunks.push(...Array.from({ length: 3 }, () => ({ 'Class 1': 0.5 })));
    });
    expect(await verify('--offline', '--expect', path)).toBe(1);
    expect(text()).toContain('the model has no class "Stream"');
    expect(text()).toContain('chunk 7 was never reached');
  });

  test('checksums: as in the record, or not; a record out of reach leaves them unverified', async () => {
    const md5 = (name: string): string =>
      createHash('md5')
        .update(readFileSync(join(folder, name)))
        .digest('hex');
    const expected = expectation();
    expect(await verify('--expect', expected, '--base-url', await serveRecord(md5))).toBe(0);
    expect(said.filter((line) => line.endsWith('as in the record'))).toHaveLength(2);
    expect(text()).toContain('The record states this licence: cc-by-4.0.');
    server?.close();
    said = [];
    expect(await verify('--expect', expected, '--base-url', await serveRecord(() => 'f'.repeat(32)))).toBe(1);
    expect(text()).toContain(`wrong: ${T2} is not the file of the record (MD5).`);
    server?.close();
    said = [];
    expect(await verify('--expect', expected, '--base-url', 'http://127.0.0.1:9')).toBe(0);
    expect(text()).toContain('could not be reached. Checksums are unverified.');
  });

  test('a damaged file is a mismatch; a stranger in the folder is not', async () => {
    const whole = readFileSync(join(folder, T1));
    writeFileSync(join(folder, 'notes.pt'), 'no checkpoint');
    const expected = expectation();
    expect(await verify('--offline', '--expect', expected)).toBe(0);
    writeFileSync(join(folder, T1), whole.subarray(0, 5000));
    expect(await verify('--offline', '--expect', expected)).toBe(1);
    expect(text()).toContain(`wrong: ${T1} cannot be imported`);
  });

  test('what is missing is named, and no verdict is given', async () => {
    rmSync(join(folder, T1));
    expect(await verify('--offline', '--expect', expectation())).toBe(2);
    expect(text()).toContain(`missing: ${T1} is not in ${folder}.`);
    expect(text()).toContain('NOT VERIFIED: 9 scores were compared');
    rmSync(join(folder, RECORDING));
    said = [];
    expect(await verify('--offline')).toBe(2);
    expect(text()).toContain('missing: mg4kDY_hy6o.wav is not in');
  });
});

test.each([
  ['no folder', []],
  ['a folder that is not there', ['/no/such/folder']],
  ['a tolerance of text', ['.', '--tolerance', 'small']],
  ['an unknown option', ['.', '--fast']],
  ['expectations that are no JSON', ['.', '--expect', 'package.json.not']],
])('%s is a matter of usage', async (_, args) => {
  expect(await verifyOfficial(args, (line) => void said.push(line))).toBe(2);
  expect(text()).toContain('usage: npm run verify:official');
});

test('what is typed over from the README is of the right form, and names classes that exist', () => {
  expect(parsePrintedScores(PRINTED_SCORES)).toEqual(PRINTED_SCORES);
  for (const { chunks } of PRINTED_SCORES.runs) {
    for (const name of chunks.flatMap((chunk) => Object.keys(chunk))) expect(audioSetLabels.names).toContain(name);
  }
  // As issue 4 quotes it.
  const stream = PRINTED_SCORES.runs.slice(0, 3).map(({ chunks }) => chunks.map(({ Stream }) => Stream));
  expect(stream).toEqual([
    [0.9582, 0.8668, 0.8928, 0.8503, 0.8594],
    [0.9555, 0.8074, 0.8058, 0.8496, 0.8025],
    [undefined, 0.8, 0.8642, 0.7319],
  ]);
  expect(PRINTED_SCORES.runs[2]!.chunks[0]).toMatchObject({ Silence: 0.2903 });
});
