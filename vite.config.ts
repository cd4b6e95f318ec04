import react from '@vitejs/plugin-react';
import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { CHROMIUM_ARGS, findChromium } from './scripts/find-chromium.ts';
import { offline } from './scripts/vite-offline.ts';

/** Shared memory and threads need these two; without them the app still works, over message ports and one thread. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** A browser is looked for only where it is driven. */
const wantsBrowser = process.argv.some(
  (arg, i, all) => arg === '--project=browser' || (arg === '--project' && all[i + 1] === 'browser'),
);

export default defineConfig({
  // Relative, so that a build works from any folder of any host.
  base: './',
  plugins: [react(), offline()],
  server: { headers: isolation },
  preview: { headers: isolation, port: 4173, strictPort: true },
  build: { target: 'esnext' },
  worker: { format: 'es' },
  // The runtime's .wasm and .mjs stay files of their own, named in src/backends: one of three is fetched.
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['{src,worklets,cli,fixtures,scripts}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.browser.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        optimizeDeps: {
          include: [
            'fft.js',
            'valibot',
            'fflate',
            'hash-wasm',
            '@echogarden/speex-resampler-wasm/simd',
            'mediabunny',
            'mpg123-decoder',
            'opus-decoder',
            '@wasm-audio-decoders/flac',
            '@wasm-audio-decoders/ogg-vorbis',
          ],
          exclude: ['onnxruntime-web'],
        },
        test: {
          name: 'browser',
          globalSetup: wantsBrowser ? ['fixtures/media-setup.ts', 'fixtures/parity-setup.ts'] : [],
          // Without the flag above they would be tried in Node.
          include: wantsBrowser ? ['src/**/*.browser.test.ts'] : [],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          browser: {
            enabled: wantsBrowser,
            headless: true,
            screenshotFailures: false,
            viewport: { width: 1280, height: 800 },
            provider: playwright(
              wantsBrowser ? { launchOptions: { executablePath: findChromium(), args: [...CHROMIUM_ARGS] } } : {},
            ),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
