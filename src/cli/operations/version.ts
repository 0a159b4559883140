import { readFileSync } from 'node:fs';
import { packageRoot } from '../package-root.ts';

const manifest: { readonly version: string } = JSON.parse(
  readFileSync(new URL('package.json', packageRoot), 'utf8'),
);

/** Of this sluice. */
export const version = manifest.version;
