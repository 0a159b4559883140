import { build } from 'rolldown';

/*
 * Makes dist: one file a program, as node takes twice as long to find and read some six hundred small ones. Files lie two
 * folders deep, as the sources do that look for what lies beside them (`import.meta.url`). Run in the checkout's folder;
 * says nothing where all is well.
 */
try {
  await build({
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
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
