/**
 * Where a Chromium is that tests may drive: `EARSHOT_CHROMIUM`, the system's, Playwright's own download, and at last Debian's
 * package, installed when we are root on Debian. Asked only by what really starts a browser.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const MAC = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];
const WINDOWS = [
  'Chromium\\Application\\chrome.exe',
  'Google\\Chrome\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
];

/** For tests in a page: runs as root, a beep as the microphone, sound without a press, WebGPU on a software adapter, no chatter. */
export const CHROMIUM_ARGS: readonly string[] = [
  '--no-sandbox',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-networking',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];

/** The world as far as the search sees it; tests bring another. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isProgram: (path: string) => boolean;
  /** Where Playwright would have put its own; null without Playwright. */
  readonly playwrightPath: () => string | null;
  readonly isDebianRoot: () => boolean;
  /** True when it went well. */
  readonly run: (command: string, args: readonly string[]) => boolean;
}

/** @throws Error that says what to do when there is none and none could be installed. */
export function findChromium(machine: Machine = thisMachine): string {
  const { env, isProgram } = machine;
  const named = env['EARSHOT_CHROMIUM'];
  if (named) {
    if (isProgram(named)) return named;
    throw new Error(`EARSHOT_CHROMIUM must be the path of a Chromium program, got ${JSON.stringify(named)}`);
  }
  const onSystem = systemPaths(machine).find(isProgram);
  if (onSystem) return onSystem;
  const own = machine.playwrightPath();
  if (own && isProgram(own)) return own;

  if (machine.isDebianRoot()) {
    console.log('No Chromium found; installing the Debian package "chromium".');
    if (machine.run('apt-get', ['update']) && machine.run('apt-get', ['install', '-y', 'chromium'])) {
      const installed = systemPaths(machine).find(isProgram);
      if (installed) return installed;
    }
    throw new Error(
      'No Chromium found, and "apt-get install -y chromium" failed. Install one, or name it in EARSHOT_CHROMIUM.',
    );
  }
  throw new Error(
    'No Chromium found. Install Chromium or Google Chrome, or run "npx playwright install chromium", or name one in EARSHOT_CHROMIUM=/path/to/chromium.',
  );
}

function systemPaths({ platform, env }: Machine): string[] {
  if (platform === 'win32') {
    const roots = ['LOCALAPPDATA', 'PROGRAMFILES', 'PROGRAMFILES(X86)'].map((name) => env[name]);
    return roots.flatMap((root) => (root ? WINDOWS.map((path) => `${root}\\${path}`) : []));
  }
  const folders = [...(env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin', '/snap/bin'];
  const found = folders.filter(Boolean).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return platform === 'darwin' ? [...MAC, ...found] : found;
}

const thisMachine: Machine = {
  platform: process.platform,
  env: process.env,
  isProgram: (path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  },
  playwrightPath: () => {
    try {
      // Required here: Playwright takes a while to load and most machines have a browser of their own.
      const playwright: typeof import('@playwright/test') = createRequire(import.meta.url)('@playwright/test');
      return playwright.chromium.executablePath();
    } catch {
      return null;
    }
  },
  isDebianRoot: () =>
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    existsSync('/etc/debian_version') &&
    existsSync('/usr/bin/apt-get'),
  run: (command, args) =>
    spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
      .status === 0,
};
