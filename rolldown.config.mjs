import { defineConfig } from 'rolldown';

/*
 * One file a program: node takes four times as long to find and read some six hundred small ones. Files lie two folders
 * deep, as the sources do that look for what lies beside them (`import.meta.url`).
 */
export default defineConfig({
  input: { 'cli/main': 'src/cli/main.ts', 'lab/demo': 'src/lab/demo.ts' },
  platform: 'node',
  // It looks for native parts of its own, beside itself.
  external: ['ssh2'],
  output: {
    dir: 'dist',
    cleanDir: true,
    chunkFileNames: 'shared/[name]-[hash].js',
    sourcemap: true,
  },
});
