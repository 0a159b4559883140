import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/* Runs the built program once, with the arguments given, and keeps what V8 has compiled by its end: see src/cli/launch.cjs. */
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const { keep, read, start } = createRequire(import.meta.url)(main);
process.argv[1] = main;
const script = read();
process.on('exit', () => keep(script));
start(script);
