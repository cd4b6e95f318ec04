/** Adds the service worker to a build, with the list of the build's files in it. The development server has none. */
import { fileURLToPath } from 'node:url';
import { build, type Plugin, type ResolvedConfig } from 'vite';
import { listOfflineFiles, SERVICE_WORKER } from './offline-files.ts';

export function offline(): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'earshot:offline',
    apply: 'build',
    configResolved(resolved) {
      config = resolved;
    },
    writeBundle: {
      // After all files are there, those of `public` too.
      order: 'post',
      sequential: true,
      async handler({ dir = config.build.outDir }) {
        await build({
          configFile: false,
          root: config.root,
          logLevel: 'warn',
          publicDir: false,
          define: { __OFFLINE_FILES__: JSON.stringify(listOfflineFiles(dir)) },
          build: {
            outDir: dir,
            emptyOutDir: false,
            target: 'esnext',
            rolldownOptions: {
              input: fileURLToPath(new URL('../src/service-worker/service-worker.ts', import.meta.url)),
              output: { format: 'iife', entryFileNames: SERVICE_WORKER },
            },
          },
        });
      },
    },
  };
}
