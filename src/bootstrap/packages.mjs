import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from './alone.mjs';
import { ROOT, runStep, say } from './run.mjs';

/** Installs the npm packages where they aren't the lock file's; answers whether they are, afterwards. */
export async function installPackages() {
  if (isInstalled()) return true;
  return alone(async () => {
    // Someone else may have done it meanwhile.
    if (isInstalled()) return true;
    say('installing the npm packages of package-lock.json …');
    // Our own npm when npm runs us; tests and checks need what NODE_ENV=production would leave out.
    const npm = process.env.npm_execpath;
    const [file, ...first] = npm?.endsWith('npm-cli.js') ? [process.execPath, npm] : ['npm'];
    const code = await runStep(file, [...first, 'ci', '--include=dev', '--no-audit', '--no-fund']);
    if (code === 0) return true;
    say(`npm ci failed with exit code ${code}: see above. It needs the network, or a filled npm cache.`);
    return false;
  });
}

/** npm leaves in node_modules a lock file of what is there: it must hold the packages of ours, and no other. */
function isInstalled() {
  const wanted = packagesOf('package-lock.json');
  const present = packagesOf('node_modules/.package-lock.json');
  // Those for other systems aren't installed.
  const isAsWanted = ([place, { version, integrity, optional }]) => {
    const found = present[place];
    return found === undefined
      ? optional === true
      : found.version === version && found.integrity === integrity;
  };
  return (
    Object.keys(present).length > 0 &&
    Object.entries(wanted).every(isAsWanted) &&
    Object.keys(present).every((place) => place in wanted)
  );
}

/** The packages by their folder, the project itself left out; none when there is no such lock file, or half a one. */
function packagesOf(lockFile) {
  try {
    const { '': _project, ...packages } = JSON.parse(readFileSync(join(ROOT, lockFile), 'utf8')).packages;
    return packages;
  } catch {
    return {};
  }
}
