/**
 * `npm run bench [-- --json] [--write] [--only mel,events,step,visit,soak,files]`: everything measured in one run, ratios to the baseline of that
 * run. `--write` puts it into docs/benchmarks.md, section by section. Warm-up is apart; median and p95; the device is named.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findChromium } from '../scripts/find-chromium.ts';
import { firstVisit, launch, type Site, serveBuild, soak, workerStepTimes } from './browser.ts';
import { benchEvents } from './events.ts';
import { decodeInPage, dropInPage, makeWav, removeWavs, runCli } from './files.ts';
import { benchMel } from './mel.ts';
import { nodeStepTimes } from './node-engine.ts';
import { type Figure, provenance, rounded, spread, table } from './report.ts';

const BENCHES = ['mel', 'events', 'step', 'visit', 'soak', 'files'];

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string', default: BENCHES.join(',') },
  },
});
const wanted = new Set(values.only.split(','));
const unknown = [...wanted].filter((name) => !BENCHES.includes(name));
if (unknown.length > 0) throw new Error(`--only knows ${BENCHES.join(', ')}; got ${unknown.join(', ')}`);

const MODELS = [
  { id: 'sat-t-2s', chunkS: 1.92 },
  { id: 'sat-t-1s', chunkS: 0.96 },
  { id: 'vit-t-10s', chunkS: 10.08 },
] as const;

/** Read before anything runs: the commit that is measured. */
const where = provenance(
  execFileSync(findChromium(), ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim(),
);

const figures: Figure[] = [];
const say = (figure: Figure): void => {
  const told = rounded(figure);
  figures.push(told);
  const { bench, what, value, unit, p95, ratio, note } = told;
  if (values.json) console.log(JSON.stringify(told));
  else {
    console.log(
      [`${bench}: ${what}: ${value} ${unit}`, p95 && `p95 ${p95}`, ratio && `${ratio.value} × ${ratio.to}`, note]
        .filter(Boolean)
        .join(', '),
    );
  }
};

if (wanted.has('mel')) {
  const { logMel, resample48k } = await benchMel();
  say({ bench: 'mel', what: 'log-mel, per second of sound', value: logMel.median, p95: logMel.p95, unit: 'ms CPU' });
  say({
    bench: 'mel',
    what: 'resampler 48 to 16 kHz, per second of sound',
    value: resample48k.median,
    p95: resample48k.p95,
    unit: 'ms CPU',
  });
}

if (wanted.has('events')) {
  for (const { rules, found, times } of benchEvents()) {
    const { median, p95 } = spread(times);
    say({
      bench: 'events',
      what: `3 h × 527 classes, ${rules}`,
      value: median,
      p95,
      unit: 'ms CPU',
      note: `${found} candidates`,
    });
  }
}

const needsSite = ['step', 'visit', 'soak', 'files'].some((name) => wanted.has(name));
const site = needsSite ? await serveBuild() : null;
try {
  if (site && wanted.has('step')) {
    const browser = await launch();
    for (const { id, chunkS } of MODELS) {
      const baseline = spread(await nodeStepTimes(id, 40));
      const factor = (ms: number): string => `real-time factor ${((ms / 1000 / chunkS) * 100).toPrecision(2)} %`;
      say({
        bench: 'step',
        what: `${id}, Node native, 1 thread`,
        value: baseline.median,
        p95: baseline.p95,
        unit: 'ms',
        note: factor(baseline.median),
      });
      for (const [backend, steps, warmUp] of [
        ['wasm', 40, 8],
        ['webgpu', 4, 1],
      ] as const) {
        const run = await workerStepTimes(browser, site, id, backend, steps, warmUp);
        const { median, p95 } = spread(run.times);
        const ratio = { to: 'Node native', value: median / baseline.median };
        say({
          bench: 'step',
          what: `${id}, ${run.backend}, in Chromium`,
          value: median,
          p95,
          unit: 'ms',
          ratio,
          note: factor(median),
        });
      }
    }
    await browser.close();
  }
  if (site && wanted.has('visit')) {
    const visit = await firstVisit(site, fileURLToPath(new URL('../fixtures/audio/dog.wav', import.meta.url)));
    say({ bench: 'visit', what: 'navigation to the Listen button', value: visit.listenButtonMs, unit: 'ms' });
    say({
      bench: 'visit',
      what: 'navigation to the first tag',
      value: visit.firstTagMs,
      unit: 'ms',
      note: 'Listen pressed at once; a chunk of 1.92 s of sound included',
    });
    say({
      bench: 'visit',
      what: 'downloaded until then',
      value: visit.bytes / 1e6,
      unit: 'MB',
      note: `${visit.requests} requests, uncompressed`,
    });
    say({ bench: 'visit', what: 'the same, gzip where it helps', value: visit.gzipBytes / 1e6, unit: 'MB' });
  }
  if (site && wanted.has('soak')) {
    for (const [model, backend, minutes] of [
      ['sat-t-2s', 'wasm', 30],
      ['tiny', 'webgpu', 30],
    ] as const) {
      const run = await soak(site, model, backend, minutes, 5);
      const [first, last] = [run.samples[0], run.samples.at(-1)];
      if (!first || !last) throw new Error('the soak took no samples');
      const what = `${model}, ${run.backend}, after ${last.minutes} min`;
      for (const [name, of] of [
        ['heap of page and worker', 'heapMb'],
        ['worker’s array buffers', 'buffersMb'],
        ['renderer resident (WASM memory is in it)', 'rendererMb'],
        ['GPU process resident', 'gpuMb'],
      ] as const) {
        const note = `after ${first.minutes} min: ${first[of].toPrecision(3)} MB`;
        say({ bench: 'soak', what: `${what}: ${name}`, value: last[of], unit: 'MB', note });
      }
    }
  }
  if (site && wanted.has('files')) await benchFiles(site);
} finally {
  await site?.close();
}

/** Seconds of work per hour of sound, and the memory of three hours. */
async function benchFiles(at: Site): Promise<void> {
  const perHour = (seconds: number, minutes: number): number => (seconds * 60) / minutes;
  const minutes = 10;
  const path = await makeWav(minutes);
  const brief = await makeWav(0.5);
  const alone = perHour(await decodeInPage(at, path), minutes);
  const say10 = (what: string, value: number, note?: string): void =>
    say({
      bench: 'files',
      what: `${what}, per hour of sound`,
      value,
      unit: 's',
      ratio: { to: 'decoding alone', value: value / alone },
      ...(note !== undefined && { note }),
    });
  const file = `a WAV of ${minutes} min (44.1 kHz)`;
  say({ bench: 'files', what: 'decoding alone in the page, per hour of sound', value: alone, unit: 's', note: file });
  for (const { id } of MODELS) {
    const wasm = await dropInPage(at, path, id, 'wasm');
    say10(`${id}, ${wasm.backend}, drop to last score`, perHour(wasm.seconds, minutes), file);
    const gpu = await dropInPage(at, brief, id, 'webgpu');
    say10(`${id}, ${gpu.backend}, drop to last score`, perHour(gpu.seconds, 0.5), 'from 30 s of it');
  }
  for (const { id } of MODELS) {
    const run = await runCli(['cli/main.ts', 'tag', path, '--model', id, '--format', 'csv']);
    say10(`${id}, command line (native), start of the process included`, perHour(run.seconds, minutes), file);
  }
  const long = await makeWav(180);
  const page = await dropInPage(at, long, 'sat-t-2s', 'wasm');
  say({
    bench: 'files',
    what: `3 hours in the page, sat-t-2s, ${page.backend}: highest resident memory of the renderer`,
    value: page.peakMb,
    unit: 'MB',
    note: `${page.beforeMb.toPrecision(3)} MB with the model loaded, before the drop; ${(page.seconds / 60).toPrecision(3)} min from drop to last score`,
  });
  const decoding = await runCli(['bench/decode-alone.ts', long]);
  const cli = await runCli(['cli/main.ts', 'tag', long, '--format', 'csv']);
  say({
    bench: 'files',
    what: '3 hours on the command line, sat-t-2s: highest resident memory',
    value: cli.peakMb,
    unit: 'MB',
    ratio: { to: 'decoding alone', value: cli.peakMb / decoding.peakMb },
    note: `${(cli.seconds / 60).toPrecision(3)} min; decoding alone ${(decoding.seconds / 60).toPrecision(3)} min, ${decoding.peakMb.toPrecision(3)} MB`,
  });
  removeWavs();
}

if (values.write) {
  const titles: Readonly<Record<string, string>> = {
    mel: 'Front end',
    events: 'Events from stored scores',
    step: 'One step of the model',
    visit: 'A first visit',
    soak: 'Half an hour of sound, pushed faster than real time',
    files: 'Files',
  };
  const path = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));
  // What was not measured now stays as it was measured then.
  const before = new Map(
    readFileSync(path, 'utf8')
      .split(/^(?=## )/m)
      .slice(1)
      .map((section) => [section.slice(3, section.indexOf('\n')), section.trim()]),
  );
  const sections = Object.entries(titles).flatMap(([bench, title]) => {
    if (!wanted.has(bench)) return before.get(title) ?? [];
    return `## ${title}\n\n${where}.\n\n${table(figures.filter((figure) => figure.bench === bench))}`;
  });
  const text = [
    '# Benchmarks',
    'Made by `npm run bench -- --write`; each section names the machine and the commit it was measured on.',
    'WebGPU here is SwiftShader, a software rasteriser: its milliseconds say nothing about a real GPU, only that it works. The page chooses WASM on such a machine.',
    ...sections,
  ].join('\n\n');
  writeFileSync(path, `${text}\n`);
}
