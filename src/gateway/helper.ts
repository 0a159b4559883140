import { createHash } from 'node:crypto';
import type { GatewayScripts } from './program.ts';

const versions = new WeakMap<GatewayScripts, string>();

/** Names what an installed program consists of: equality is all that it is for. Each command asks; it is counted out once. */
export function versionOf(scripts: GatewayScripts): string {
  const { helper, program } = scripts;
  const version =
    versions.get(scripts) ?? createHash('sha256').update(`${helper}\0${program}`).digest('hex').slice(0, 32);
  versions.set(scripts, version);
  return version;
}

/** The file to install on a gateway: one POSIX sh program that evaluates nothing of what it is given. */
export function formatHelper(scripts: GatewayScripts): string {
  const version = versionOf(scripts);
  const head = `#!/bin/sh\n# sluice's program for a gateway, for a login that may run it by sudo and nothing else: see docs/sudo.md.\nversion=${version}\n`;
  // The last line tells a whole program of this version from one that is being replaced.
  return `${head}${scripts.helper}\n${programMark}\n${scripts.program}\n${programMark} ends ${version}\n`;
}

/** The line after which the program begins. */
const programMark = '#%sluice-program';
