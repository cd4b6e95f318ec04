/**
 * `npx tsx bench/large-webgpu.ts MODEL_FOLDER [--seconds N]`: does a large model run on WebGPU in Chromium, and does it say what the
 * native engine says? Two chunks of noise in the page (forced WebGPU) and in Node; prints the largest difference. One JSON line. On a
 * machine without a GPU the adapter is SwiftShader: real WebGPU, and minutes a chunk.
 */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { readModelFolder } from '../cli/model-folder.ts';
import { noise } from '../fixtures/seeded.ts';
import { createNodeBackend } from '../src/backends/node.ts';
import { StepSession } from '../src/core/engine/step-session.ts';
import { StreamingTagger } from '../src/core/tagger.ts';
import { launch, open, serveBuild } from './browser.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new RangeError('a model folder is needed');
const { card, state } = readModelFolder(folder);
const CHUNKS = 2;
const count = CHUNKS * card.chunk.strideFrames * card.features.hopSamples + 400;
const samples = noise(7, count);

const session = await StepSession.open({ card, state, backend: createNodeBackend() });
const tagger = new StreamingTagger({ session });
const expected = (await tagger.push(samples, card.audio.sampleRateHz)).map(({ probabilities }) => probabilities);
await tagger.dispose();
await session.dispose();

const files = createServer((request, response) => {
  const path = join(folder, (request.url ?? '').split('/').pop() ?? '');
  response.writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Content-Length': statSync(path).size });
  createReadStream(path).pipe(response);
});
await new Promise<void>((resolve) => files.listen(0, resolve));
const address = files.address();
if (address === null || typeof address === 'string') throw new Error('no port');
const site = await serveBuild();
const browser = await launch();
try {
  const page = await open(browser, site, '');
  const result = await page.evaluate(
    async ({ modelUrl, samples, rateHz }) => {
      const client = window.earshot?.createEngineClient();
      if (!client) throw new Error('no diagnostics');
      const scores: number[][] = [];
      const times: number[] = [];
      client.subscribe((event) => {
        if (event.type !== 'tags') return;
        scores.push([...event.frame.probabilities]);
        times.push(event.timing.computeMs);
      });
      const began = performance.now();
      const { backend } = await client.load({ lane: 'large', modelUrl, backend: 'webgpu' });
      const loadS = (performance.now() - began) / 1000;
      await client.push(Float32Array.from(samples), rateHz);
      await client.dispose();
      return { backend: backend.label, loadS, scores, times };
    },
    { modelUrl: `http://localhost:${address.port}/`, samples: [...samples], rateHz: card.audio.sampleRateHz },
  );
  let largest = 0;
  for (const [c, chunk] of expected.entries()) {
    for (const [k, score] of chunk.entries())
      largest = Math.max(largest, Math.abs(score - (result.scores[c]?.[k] ?? 1)));
  }
  console.log(
    JSON.stringify({
      what: 'large model on WebGPU',
      model: card.id,
      weightsMB: Math.round(card.weightsBytes / 1e6),
      engine: result.backend,
      chunks: result.scores.length,
      largestDifference: largest,
      loadS: Math.round(result.loadS),
      chunkS: result.times.map((ms) => Math.round(ms / 100) / 10),
    }),
  );
} finally {
  await browser.close();
  await site.close();
  files.close();
}
