import { copyFileSync, writeFileSync } from 'node:fs';
import { build } from 'rolldown';
import { warmUp } from './warm-up.mjs';

/*
 * Makes dist: one file a program, as node takes twice as long to find and read some six hundred small ones. Files lie two
 * folders deep, as the sources do that look for what lies beside them (`import.meta.url`). Run in the checkout's folder;
 * says nothing where all is well.
 */
const options = {
  platform: 'node',
  // What ssh2 looks for and does without: parts that are compiled when it is installed, which ours are not (.npmrc).
  external: [/\.node$/],
  // yargs has a use for it that nobody makes.
  transform: { define: { 'import.meta.resolve': 'undefined' } },
};
try {
  await build({
    ...options,
    input: { sluice: 'src/cli/main.ts' },
    output: {
      dir: 'dist/cli',
      cleanDir: true,
      format: 'cjs',
      entryFileNames: '[name].cjs',
      sourcemap: true,
      // A character beyond Latin-1, in a comment even, and V8 keeps two bytes of each: 5 MB for as long as it runs.
      charset: 'ascii',
      comments: { annotation: false, jsdoc: false, legal: true },
    },
  });
  writeFileSync('dist/cli/package.json', '{ "type": "commonjs" }\n');
  copyFileSync('src/cli/launch.cjs', 'dist/cli/main.js');
  await build({
    ...options,
    input: { demo: 'src/lab/demo.ts' },
    output: { dir: 'dist/lab', cleanDir: true, sourcemap: true },
  });
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
try {
  await warmUp();
} catch (error) {
  process.stderr.write(`sluice: what V8 compiles can't be kept, so it will start slower: ${error.message}\n`);
}
