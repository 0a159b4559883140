import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SkipReport } from './test/setup/skip-report.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: [fileURLToPath(new URL('./test/setup/strict.ts', import.meta.url))],
    reporters: ['default', new SkipReport(process.stdout)],
    // No test hangs on where and when it runs.
    env: { TZ: 'UTC' },
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Many tests wait for a gateway's deadline: more than a small machine has cores.
    maxWorkers: 4,
    maxConcurrency: 4,
  },
});
