import { readdir, readFile } from 'node:fs/promises';
import type { GatewayScripts } from '../gateway/program.ts';

// Beside the sources in a checkout and in the package alike, seen from dist/project and src/project.
const folder = new URL('../../src/gateway/sh/', import.meta.url);

/** Loads the program that runs on gateways: `boot.sh`, and the numbered scripts as one text in their order. */
export async function loadGatewayScripts(): Promise<GatewayScripts> {
  const names = (await readdir(folder)).filter((name) => /^\d+-.*\.sh$/.test(name)).sort();
  const read = (name: string) => readFile(new URL(name, folder), 'utf8');
  const [boot, ...parts] = await Promise.all([read('boot.sh'), ...names.map(read)]);
  return { boot: boot ?? '', program: parts.join('\n') };
}
