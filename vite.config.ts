import react from '@vitejs/plugin-react';
import { defaultClientConditions } from 'vite';
import { defineConfig } from 'vitest/config';

/** Shared memory and threads need these two; without them the app still works, over message ports and one thread. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  // Relative, so that a build works from any folder of any host.
  base: './',
  plugins: [react()],
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
    ],
  },
});
