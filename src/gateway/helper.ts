import type { GatewayScripts } from './program.ts';

/** The file to install on a gateway: one POSIX sh program that evaluates nothing of what it is given. */
export function formatHelper({ version, helper, program }: GatewayScripts): string {
  const head = `#!/bin/sh\n# sluice's program for a gateway, for a login that may run it by sudo and nothing else: see docs/sudo.md.\nversion=${version}\n`;
  // The last line tells a whole program of this version from one that is being replaced.
  return `${head}${helper}\n${programMark}\n${program}\n${programMark} ends ${version}\n`;
}

/** The line after which the program begins. */
const programMark = '#%sluice-program';
