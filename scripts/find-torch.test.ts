import { expect, test, vi } from 'vitest';
import { DEBIAN_PACKAGES, findTorch, type TorchMachine } from './find-torch.ts';

const machine = (more: Partial<TorchMachine> = {}): TorchMachine => ({
  env: {},
  importsTorch: () => false,
  isDebianRoot: () => false,
  run: () => false,
  ...more,
});

test('the named Python wins; one without PyTorch is refused by name', () => {
  const importsTorch = (python: string): boolean => python !== '/broken';
  expect(findTorch(machine({ env: { EARSHOT_PYTHON: '/mine' }, importsTorch }))).toBe('/mine');
  expect(() => findTorch(machine({ env: { EARSHOT_PYTHON: '/broken' }, importsTorch }))).toThrow('"/broken"');
});

test('then the path, then the system', () => {
  expect(findTorch(machine({ importsTorch: () => true }))).toBe('python3');
  expect(findTorch(machine({ importsTorch: (python) => python === '/usr/bin/python3' }))).toBe('/usr/bin/python3');
});

test('as root on Debian it is installed; elsewhere, and where that fails, there is none', () => {
  let installed = false;
  const run = vi.fn((_command: string, args: readonly string[]) => {
    installed = args.includes('install');
    return true;
  });
  const importsTorch = (python: string): boolean => installed && python === '/usr/bin/python3';
  expect(findTorch(machine({ run, importsTorch }))).toBeNull();
  expect(run).not.toHaveBeenCalled();
  expect(findTorch(machine({ run, importsTorch, isDebianRoot: () => true }))).toBe('/usr/bin/python3');
  expect(run.mock.lastCall?.[1]).toEqual(expect.arrayContaining([...DEBIAN_PACKAGES]));
  expect(findTorch(machine({ isDebianRoot: () => true }))).toBeNull();
});
