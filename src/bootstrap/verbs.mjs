import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build as compile } from './build.mjs';
import { checkStatically } from './check.mjs';
import { installPackages } from './packages.mjs';
import { program, ROOT, run, say } from './run.mjs';
import { adviceFor, provideTools } from './tools.mjs';

/** Each verb answers the exit code. This one makes what `npm link` puts on the PATH. */
export async function build() {
  return (await installPackages()) && (await compile()) ? 0 : 1;
}

/**
 * The demo shows a fleet of network namespaces: without one of its tools, or without root, there is nothing to show.
 */
export async function demo(args) {
  const isRoot = process.getuid?.() === 0;
  const missing = await provideTools('demo');
  if (missing.length > 0) say(adviceFor(missing));
  if (process.platform !== 'linux') say(`The demo needs Linux; this is ${process.platform}.`);
  else if (!isRoot) say('The demo makes network namespaces, which only root may. Type: sudo npm run demo');
  if (missing.length > 0 || !isRoot) return 1;

  if (!(await installPackages()) || !(await compile())) return 1;
  return run(process.execPath, [join(ROOT, 'dist/lab/demo.js'), ...args]);
}

/** Runs all tests that can run here; what can't is said before, and again by name when they have run. */
export async function test(args) {
  const missing = await provideTools('test');
  if (missing.length > 0) say(`${adviceFor(missing)}\nTHE TESTS THAT NEED THEM ARE SKIPPED.`);
  if (process.platform !== 'linux') {
    say('THE TESTS THAT NEED LINUX ARE SKIPPED.');
  } else if (process.getuid?.() !== 0) {
    say(
      'Only root may make network namespaces: THE TESTS THAT NEED THEM ARE SKIPPED. For all: sudo npm test',
    );
  }

  if (!(await installPackages()) || !(await compile())) return 1;
  return run(program('vitest'), ['run', ...args]);
}

/**
 * Runs test/chaos for as long as one likes: `--faults N` runs from `--seed S` on, `--parallel P` gateways at once.
 * `--backend`, `--user`, `--fault`, `--change` and `--sharing` replace what chance would choose.
 */
export async function chaos(args) {
  const flags = ['seed', 'faults', 'parallel', 'within', 'backend', 'user', 'fault', 'change', 'sharing'];
  const options = Object.fromEntries(flags.map((flag) => [flag, { type: 'string' }]));
  let values;
  try {
    ({ values } = parseArgs({ args, options: { ...options, verbose: { type: 'boolean', short: 'v' } } }));
  } catch (error) {
    const known = flags.map((flag) => `[--${flag} ${flag.toUpperCase()}]`).join(' ');
    say(`${error.message}\nusage: npm run chaos -- ${known} [-v]\ndocs/faults.md tells what each does.`);
    return 1;
  }
  const settings = Object.entries({ faults: '200', ...values });
  const env = Object.fromEntries(
    settings.map(([flag, value]) => [`CHAOS_${flag.toUpperCase()}`, `${value}`]),
  );
  const missing = await provideTools('test');
  if (missing.length > 0) say(adviceFor(missing));
  if (!(await installPackages()) || !(await compile())) return 1;
  return run(program('vitest'), ['run', 'test/chaos/chaos.test.ts'], { env });
}

/** The one command before a commit; with `--no-tests`, all of it but the tests. */
export async function check(args) {
  const withTests = !args.includes('--no-tests');
  const missing = await provideTools('check');
  if (missing.length > 0) say(adviceFor(missing));
  if (!(await installPackages())) return 1;
  const isClean = await checkStatically();
  const testCode = withTests ? await test(args) : 0;
  return isClean ? testCode : 1;
}
