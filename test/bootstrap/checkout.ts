import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A fresh checkout of a small project; the programs around it (npm, rolldown, vitest) only note that they were called. */
export type Checkout = {
  readonly folder: string;
  write(file: string, text: string, mode?: number): void;
  start(args: readonly string[], options?: StartOptions): ChildProcess;
  run(
    args: readonly string[],
    options?: StartOptions,
  ): Promise<{ readonly code: number | null; readonly said: string }>;
  /** The calls since the last time it was asked. */
  calls(): readonly string[];
  remove(): void;
};

type StartOptions = { readonly nodeOptions?: readonly string[]; readonly uid?: number };

/** Installs what the lock file holds, but for packages of other systems. */
const NPM = `#!/bin/sh
echo "npm $*" >>calls
[ ! -e offline ] || exit 3
mkdir -p node_modules/.bin
sed '/"other-system"/d' package-lock.json >node_modules/.package-lock.json
cp vitest.sh node_modules/.bin/vitest
mkdir -p node_modules/rolldown
cp rolldown.js node_modules/rolldown/index.js
echo '{"type": "module"}' >node_modules/rolldown/package.json
`;
const ROLLDOWN = `import { appendFileSync, mkdirSync } from 'node:fs';
export async function build({ input }) {
  if (input.sluice) appendFileSync('calls', 'rolldown\\n');
  for (const folder of ['cli', 'lab']) mkdirSync(\`dist/\${folder}\`, { recursive: true });
}
`;
const WARM_UP = `import { appendFileSync } from 'node:fs';
export async function warmUp() {
  appendFileSync('calls', 'warm-up\\n');
}
`;
/** One that meets a source it can't read. */
export const ROLLDOWN_FAILS = `${ROLLDOWN.replace('mkdirSync(', "throw new Error('a source is wrong'); mkdirSync(")}`;
const VITEST = `#!/bin/sh
echo "vitest $*" >>calls
exit 7
`;

export function freshCheckout(): Checkout {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-checkout-'));
  chmodSync(folder, 0o777);
  const write = (file: string, text: string, mode = 0o644) => {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), text);
    chmodSync(join(folder, file), mode);
  };
  cpSync(join(root, 'src/bootstrap'), join(folder, 'src/bootstrap'), { recursive: true });
  write('src/bootstrap/warm-up.mjs', WARM_UP);
  cpSync(join(root, 'src/cli/launch.cjs'), join(folder, 'src/cli/launch.cjs'), { recursive: true });
  write('package-lock.json', lockFile('1.0.0'));
  write('tsconfig.json', '{}');
  write('src/a.ts', 'export const a = 1;');
  write('bin/npm', NPM, 0o755);
  write('rolldown.js', ROLLDOWN);
  write('vitest.sh', VITEST, 0o755);

  const start = (args: readonly string[], { nodeOptions = [], uid }: StartOptions = {}) =>
    spawn(process.execPath, [...nodeOptions, join(folder, 'src/bootstrap/main.mjs'), ...args], {
      env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
  return {
    folder,
    write,
    start,
    async run(args, options) {
      const child = start(args, options);
      let said = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      const [code] = await once(child, 'close');
      return { code, said };
    },
    calls() {
      const file = join(folder, 'calls');
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      rmSync(file, { force: true });
      return text.split('\n').filter((line) => line !== '');
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A lock file of one package, and of one that is installed elsewhere only. */
export function lockFile(version: string): string {
  return `{ "packages": {
    "": { "name": "project" },
    "node_modules/other-system": { "version": "1.0.0", "optional": true },
    "node_modules/a": { "version": "${version}", "integrity": "sha512-${version}" }
  } }
`;
}
