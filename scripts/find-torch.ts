/**
 * A Python that can import PyTorch, for the training room's smoke run: `EARSHOT_PYTHON`, the one on the path, the system's, and at
 * last Debian's packages, installed when we are root on Debian. Null elsewhere: the app needs no Python, so its tests skip it aloud.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Without openblas's threaded form matrix products are 25 times slower. */
export const DEBIAN_PACKAGES = ['python3-torch', 'libopenblas0-pthread', 'python3-numpy', 'python3-scipy'] as const;
const CANDIDATES = ['python3', '/usr/bin/python3', 'python'];

/** The world as far as the search sees it; tests bring another. */
export interface TorchMachine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly importsTorch: (python: string) => boolean;
  readonly isDebianRoot: () => boolean;
  /** True when it went well. */
  readonly run: (command: string, args: readonly string[]) => boolean;
}

/** @throws Error when `EARSHOT_PYTHON` is named and has no PyTorch. */
export function findTorch(machine: TorchMachine = thisMachine): string | null {
  const named = machine.env['EARSHOT_PYTHON'];
  if (named) {
    if (machine.importsTorch(named)) return named;
    throw new Error(
      `EARSHOT_PYTHON must be a Python that can import torch and numpy, got ${JSON.stringify(named)}, which cannot.`,
    );
  }
  const present = CANDIDATES.find(machine.importsTorch);
  if (present) return present;
  if (!machine.isDebianRoot()) return null;
  console.log(`No PyTorch found; installing the Debian packages ${DEBIAN_PACKAGES.join(', ')}.`);
  const installed =
    machine.run('apt-get', ['update']) &&
    machine.run('apt-get', ['install', '-y', '--no-install-recommends', ...DEBIAN_PACKAGES]);
  return installed ? (CANDIDATES.find(machine.importsTorch) ?? null) : null;
}

const thisMachine: TorchMachine = {
  env: process.env,
  importsTorch: (python) => spawnSync(python, ['-c', 'import torch, numpy'], { stdio: 'ignore' }).status === 0,
  isDebianRoot: () =>
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    existsSync('/etc/debian_version') &&
    existsSync('/usr/bin/apt-get'),
  run: (command, args) =>
    spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
      .status === 0,
};
