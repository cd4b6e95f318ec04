/**
 * Pictures of the page for looking at: `npx tsx e2e/shots.ts OUT [URL]` with a dev server running (`npm run dev`). Uses the invented
 * engine of `?fake`.
 */
import { mkdirSync } from 'node:fs';
import { chromium, type Page } from '@playwright/test';
import { findChromium } from '../scripts/find-chromium.ts';

const [out = 'shots', base = 'http://localhost:5173/', only = ''] = process.argv.slice(2);
mkdirSync(out, { recursive: true });

interface Shot {
  readonly name: string;
  readonly query: string;
  readonly scheme: 'dark' | 'light';
  readonly phone?: boolean;
  readonly act?: (page: Page) => Promise<void>;
}

const listen =
  (waitMs = 3000) =>
  async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Listen', exact: true }).click();
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.waitForTimeout(waitMs);
  };

const desk: Shot[] = [
  { name: 'idle-light', query: '', scheme: 'light' },
  { name: 'idle-dark', query: '', scheme: 'dark' },
  { name: 'listening-light', query: '&prefill=73', scheme: 'light', act: listen(2500) },
  { name: 'listening-dark', query: '&prefill=31', scheme: 'dark', act: listen(2500) },
  {
    name: 'scrolled-light',
    query: '&prefill=600&warn',
    scheme: 'light',
    act: async (page) => {
      await listen(2500)(page);
      for (let i = 0; i < 28; i++) await page.keyboard.press('Shift+ArrowLeft');
      await page.keyboard.press('Shift+ArrowRight');
      await page.mouse.move(900, 300);
      await page.waitForTimeout(400);
    },
  },
  {
    name: 'overlaid-dark',
    query: '&prefill=90',
    scheme: 'dark',
    act: async (page) => {
      await listen(2500)(page);
      await page.getByLabel('Lines').selectOption('overlaid');
      await page.getByLabel('Time window').selectOption('60');
      await page.mouse.move(1000, 300);
      await page.waitForTimeout(800);
    },
  },
  {
    name: 'long-light',
    query: '&prefill=2400',
    scheme: 'light',
    act: async (page) => {
      await listen(9000)(page);
      await page.getByLabel('Time window').selectOption('1800');
      await page.waitForTimeout(800);
    },
  },
  { name: 'error-light', query: '&fail=microphone', scheme: 'light', act: (page) => fail(page) },
  {
    name: 'quiet-light',
    query: '',
    scheme: 'light',
    act: listen(4000),
  },
];

async function fail(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Listen', exact: true }).click();
  await page.getByRole('alert').waitFor();
}

const shots = [...desk, ...desk.map((shot) => ({ ...shot, name: `phone-${shot.name}`, phone: true }))];

const browser = await chromium.launch({
  executablePath: findChromium(),
  args: ['--no-sandbox', '--disable-background-networking'],
});
for (const shot of shots.filter(({ name }) => name.includes(only))) {
  const context = await browser.newContext({
    colorScheme: shot.scheme,
    viewport: shot.phone ? { width: 390, height: 844 } : { width: 1280, height: 800 },
    deviceScaleFactor: shot.phone ? 2 : 1,
    hasTouch: shot.phone ?? false,
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(`${shot.name}: ${error.stack ?? error}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') console.error(`${shot.name}: ${message.text()}`);
  });
  await page.goto(`${base}?fake&load=300${shot.query}`);
  await page.getByRole('button', { name: 'Listen', exact: true }).waitFor();
  try {
    await shot.act?.(page);
  } catch (error) {
    console.error(`${shot.name}: ${String(error)}`);
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) console.error(`${shot.name}: ${wide} px wider than the screen`);
  await page.screenshot({ path: `${out}/${shot.name}.png` });
  await page.screenshot({ path: `${out}/${shot.name}-full.png`, fullPage: true });
  await context.close();
}
await browser.close();
