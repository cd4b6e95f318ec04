import { describe, expect, it } from 'vitest';
import { findChromium, type Machine } from './find-chromium.ts';

const machine = (programs: string[], over: Partial<Machine> = {}): Machine => ({
  platform: 'linux',
  env: { PATH: '/opt/bin' },
  isProgram: (path) => programs.includes(path),
  playwrightPath: () => '/cache/playwright/chrome',
  isDebianRoot: () => false,
  run: () => false,
  ...over,
});

describe('findChromium', () => {
  it('takes the named one first, and says so when it is none', () => {
    const env = { PATH: '/opt/bin', EARSHOT_CHROMIUM: '/mine' };
    expect(findChromium(machine(['/mine', '/usr/bin/chromium'], { env }))).toBe('/mine');
    expect(() => findChromium(machine(['/usr/bin/chromium'], { env }))).toThrow(/EARSHOT_CHROMIUM.*"\/mine"/);
  });

  it('looks along PATH, then where systems keep it, then at what Playwright has', () => {
    expect(findChromium(machine(['/opt/bin/google-chrome', '/usr/bin/chromium']))).toBe('/opt/bin/google-chrome');
    expect(findChromium(machine(['/usr/bin/google-chrome', '/cache/playwright/chrome']))).toBe(
      '/usr/bin/google-chrome',
    );
    expect(findChromium(machine(['/cache/playwright/chrome']))).toBe('/cache/playwright/chrome');
    const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
    expect(findChromium(machine([mac], { platform: 'darwin' }))).toBe(mac);
    const windows = 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe';
    const env = { PROGRAMFILES: 'C:\\Program Files' };
    expect(findChromium(machine([windows], { platform: 'win32', env }))).toBe(windows);
  });

  it("installs Debian's when root on Debian, and only then", () => {
    const programs: string[] = [];
    const commands: string[] = [];
    const run: Machine['run'] = (command, args) => {
      commands.push([command, ...args].join(' '));
      if (args[0] === 'install') programs.push('/usr/bin/chromium');
      return true;
    };
    expect(findChromium(machine(programs, { run, isDebianRoot: () => true }))).toBe('/usr/bin/chromium');
    expect(commands).toEqual(['apt-get update', 'apt-get install -y chromium']);
    expect(() => findChromium(machine([], { run }))).toThrow(/EARSHOT_CHROMIUM=/);
    expect(commands).toHaveLength(2);
    expect(() => findChromium(machine([], { isDebianRoot: () => true }))).toThrow(/apt-get/);
  });
});
