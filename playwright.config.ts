import { defineConfig } from '@playwright/test';
import { findChromium } from './scripts/find-chromium.ts';

/** Another build that is served already, for trying a journey out. */
const url = process.env['EARSHOT_URL'] ?? 'http://localhost:4173';

/** Journeys run on the production build, as visitors get it, in the system's Chromium. */
export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  outputDir: 'test-results',
  // Sound is real time and this may be a small machine: one journey at a time.
  workers: 1,
  fullyParallel: false,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  use: {
    baseURL: url,
    launchOptions: { executablePath: findChromium() },
    viewport: { width: 1280, height: 800 },
  },
  webServer: {
    command: 'npm run --silent build && npx vite preview',
    url,
    timeout: 180_000,
    reuseExistingServer: process.env['EARSHOT_REUSE_SERVER'] === '1' || process.env['EARSHOT_URL'] !== undefined,
  },
});
