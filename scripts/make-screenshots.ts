/**
 * `npx tsx scripts/make-screenshots.ts`: the README's pictures, of the production build on a real sample sound. Needs `npm run build`
 * and a running `npx vite preview`.
 */
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { CHROMIUM_ARGS, findChromium } from './find-chromium.ts';

const shots = [
  { name: 'live', width: 1280, height: 800, scheme: 'light', seconds: 19, scale: 1 },
  { name: 'live-phone', width: 390, height: 844, scheme: 'dark', seconds: 21, scale: 2 },
  { name: 'first-visit', width: 1280, height: 800, scheme: 'light', seconds: 0, scale: 1 },
] as const;

const browser = await chromium.launch({
  executablePath: findChromium(),
  // As a machine without WebGPU sees it: the software adapter of the tests would only slow the picture down.
  args: CHROMIUM_ARGS.filter((arg) => !arg.includes('webgpu')),
});
for (const { name, width, height, scheme, seconds, scale } of shots) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    deviceScaleFactor: scale,
  });
  const page = await context.newPage();
  await page.goto('http://localhost:4173/');
  const sample = page.getByRole('button', { name: /Half a minute/ });
  await sample.waitFor();
  if (seconds > 0) {
    await sample.click();
    await page.waitForTimeout(seconds * 1000);
  }
  await page.screenshot({ path: fileURLToPath(new URL(`../docs/images/${name}.png`, import.meta.url)) });
  await context.close();
}
await browser.close();
