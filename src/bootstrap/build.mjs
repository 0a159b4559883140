import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from './alone.mjs';
import { ROOT, runStep, say } from './run.mjs';

/** Names what dist was built from. */
const STAMP = join(ROOT, 'dist/.built-from');

const BUNDLER = 'src/bootstrap/bundle.mjs';

/** Beside the sources: what dist is made by, and what is copied there. */
const MAKERS = [BUNDLER, 'src/bootstrap/warm-up.mjs', 'src/bootstrap/run-once.mjs', 'src/cli/launch.cjs'];

/** Compiles src to dist, unless that was done from the very same files; answers whether dist is good, afterwards. */
export async function build() {
  if (isBuilt()) return true;
  return alone(async () => {
    // Someone else may have done it meanwhile.
    if (isBuilt()) return true;
    const digest = digestOfSources();
    say('compiling src to dist …');
    // What is left half done is built from nothing that has a name.
    rmSync(STAMP, { force: true });
    const code = await runStep(process.execPath, [join(ROOT, BUNDLER)]);
    if (code === 0) writeFileSync(STAMP, digest);
    else say('src does not compile: see above.');
    return code === 0;
  });
}

function isBuilt() {
  try {
    return readFileSync(STAMP, 'utf8') === digestOfSources();
  } catch {
    return false;
  }
}

/** Of the contents, not of the times: a checkout makes old files new. And of Node: what its V8 has compiled is no other's. */
function digestOfSources() {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src', name));
  const hash = createHash('sha256').update(`${process.version} ${process.arch}\0`);
  for (const file of ['package-lock.json', 'tsconfig.json', ...MAKERS, ...sources.sort()]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  }
  return hash.digest('hex');
}
