/**
 * `npx tsx scripts/make-icons.ts`: the icons of the installed app, from the line of the wordmark (src/app/app.tsx), into public/icons.
 * The PNGs are drawn by Chromium.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { findChromium } from './find-chromium.ts';

const FOLDER = fileURLToPath(new URL('../public/icons/', import.meta.url));
/** The dark theme's paper, and the favicon's line, which is seen on both. */
const GROUND = '#0c1214';
const LINE = '#ff8566';
const STEPS = 'M1 17H7V11H13V3H19V8H25V14H33';
/** Of the line, in its own units: what is to be in the middle. */
const CENTRE = { x: 17, y: 10 };
const WIDTH = 34;

interface Look {
  /** Share of the icon's width that the line takes. */
  readonly share: number;
  /** Of the corners, in per cent of the width; 0 where the system cuts them itself. */
  readonly corner: number;
}

/** A square of 100 by 100. */
function icon({ share, corner }: Look): string {
  const scale = (share * 100) / WIDTH;
  const move = `translate(${50 - CENTRE.x * scale} ${50 - CENTRE.y * scale}) scale(${scale})`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><title>Earshot</title><rect width="100" height="100" rx="${corner}" fill="${GROUND}"/><path transform="${move}" d="${STEPS}" fill="none" stroke="${LINE}" stroke-width="3.2"/></svg>\n`;
}

const plain = icon({ share: 0.72, corner: 18 });
/** Systems cut up to a tenth from each side of a maskable icon, to a circle. */
const maskable = icon({ share: 0.58, corner: 0 });
const touch = icon({ share: 0.66, corner: 0 });

mkdirSync(FOLDER, { recursive: true });
writeFileSync(`${FOLDER}icon.svg`, plain);
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
for (const [name, svg, size] of [
  ['icon-192.png', plain, 192],
  ['icon-512.png', plain, 512],
  ['maskable-512.png', maskable, 512],
  ['touch-180.png', touch, 180],
] as const) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const source = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await page.setContent(
    `<body style="margin:0;background:none"><img style="display:block" width="${size}" src="${source}">`,
  );
  await page.locator('img').screenshot({ path: FOLDER + name, omitBackground: true });
  await page.close();
}
await browser.close();
