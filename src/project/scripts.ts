import { readdir, readFile } from 'node:fs/promises';
import type { GatewayScripts } from '../gateway/program.ts';

// Beside the sources in a checkout and in the package alike, seen from src/project and from any folder of dist.
const folder = new URL('../../src/gateway/sh/', import.meta.url);

/** Loads the program that runs on gateways: `boot.sh`, `kept.sh`, `helper.sh`, and the numbered scripts as one text in their order. */
export async function loadGatewayScripts(): Promise<GatewayScripts> {
  const names = (await readdir(folder)).filter((name) => /^\d+-.*\.sh$/.test(name)).sort();
  const read = (name: string) => readFile(new URL(name, folder), 'utf8');
  const [boot = '', kept = '', helper = '', ...parts] = await Promise.all(
    ['boot.sh', 'kept.sh', 'helper.sh', ...names].map(read),
  );
  return { boot, kept, helper, program: parts.join('\n') };
}
