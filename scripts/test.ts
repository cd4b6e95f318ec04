/**
 * `npm test`: types, lint, unit tests, the training room's smoke run, tests in a real browser, journeys. Runs all of them even when one fails, says what was
 * skipped and why, and ends with the line `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findChromium } from './find-chromium.ts';
import { findTorch } from './find-torch.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = `${root}.cache/test`;
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

interface Tally {
  passed: number;
  failed: number;
  skipped: string[];
}

const total: Tally = { passed: 0, failed: 0, skipped: [] };
const failedStages: string[] = [];

function run(name: string, command: string, args: readonly string[]): boolean {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  return status === 0;
}

/** A stage that is one check: it counts as one. */
function check(name: string, script: string): void {
  if (run(name, 'npm', ['run', '--silent', script])) total.passed++;
  else {
    total.failed++;
    failedStages.push(name);
  }
}

/** The training room, in Python. One line a test: `ok NAME`, `FAILED NAME`, `skipped NAME: why`. */
function training(name: string): void {
  console.log(`\n== ${name}`);
  let python: string | null = null;
  try {
    python = findTorch();
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
    total.failed++;
    failedStages.push(name);
    return;
  }
  if (python === null) {
    total.skipped.push(`${name}: all of it, because no Python with PyTorch is here (Debian: python3-torch)`);
    return;
  }
  const { status, stdout } = spawnSync(python, ['training/smoke.py'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  console.log(stdout);
  const starting = (word: string): string[] => stdout.split('\n').filter((line) => line.startsWith(`${word} `));
  const failed = starting('FAILED').length;
  total.passed += starting('ok').length;
  // A runner that dies without a failed test, or without any, has failed.
  total.failed += failed === 0 && (status !== 0 || starting('ok').length === 0) ? 1 : failed;
  if (failed > 0 || status !== 0) failedStages.push(name);
  total.skipped.push(...starting('skipped').map((line) => `${name}: ${line.slice('skipped '.length)}`));
}

/** A stage whose runner writes its own counts; a runner that dies without them has failed. */
function suite(
  name: string,
  command: string,
  args: readonly string[],
  report: string,
  read: (json: string) => Tally,
): void {
  const ok = run(name, command, args);
  let tally: Tally;
  try {
    tally = read(readFileSync(report, 'utf8'));
  } catch {
    tally = { passed: 0, failed: 1, skipped: [] };
  }
  // An error outside any test (a file that does not load) fails the runner without failing a test.
  if (!ok && tally.failed === 0) tally.failed = 1;
  if (tally.passed + tally.failed === 0) tally.failed = 1;
  if (tally.failed > 0) failedStages.push(name);
  total.passed += tally.passed;
  total.failed += tally.failed;
  total.skipped.push(...tally.skipped.map((title) => `${name}: ${title}`));
}

interface VitestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function readVitest(json: string): Tally {
  const report = JSON.parse(json) as VitestReport;
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: tests.filter(({ status }) => status === 'failed').length,
    skipped: tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName),
  };
}

interface PlaywrightSuite {
  readonly suites?: readonly PlaywrightSuite[];
  readonly specs?: readonly { readonly title: string; readonly tests: readonly { readonly status: string }[] }[];
}

function readPlaywright(json: string): Tally {
  const tally: Tally = { passed: 0, failed: 0, skipped: [] };
  const visit = ({ suites = [], specs = [] }: PlaywrightSuite): void => {
    for (const { title, tests } of specs) {
      for (const { status } of tests) {
        // A journey that passed only on a second try is reported as such by the runner; it has passed.
        if (status === 'expected' || status === 'flaky') tally.passed++;
        else if (status === 'skipped') tally.skipped.push(title);
        else tally.failed++;
      }
    }
    suites.forEach(visit);
  };
  visit(JSON.parse(json) as PlaywrightSuite);
  return tally;
}

function vitest(name: string, project: string): void {
  const report = `${out}/${project}.json`;
  const args = [
    'vitest',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  suite(name, 'npx', args, report, readVitest);
}

// Found (or installed) once, then handed to both browser runners.
process.env['EARSHOT_CHROMIUM'] = findChromium();
process.env['PLAYWRIGHT_JSON_OUTPUT_NAME'] = `${out}/e2e.json`;

check('types', 'types');
check('lint and format', 'lint');
vitest('unit tests', 'unit');
training('training room');
vitest('tests in Chromium', 'browser');
suite('journeys', 'npx', ['playwright', 'test', '--reporter=list,json'], `${out}/e2e.json`, readPlaywright);

if (total.skipped.length > 0) console.log(`\nSkipped:\n${total.skipped.map((title) => `  ${title}`).join('\n')}`);
if (failedStages.length > 0) console.log(`\nFailed in: ${failedStages.join(', ')}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
