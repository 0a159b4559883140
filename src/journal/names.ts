import { createHash } from 'node:crypto';

/** The longest name a part gets: file systems allow 255 bytes, and temporary files add to it. */
const LONGEST = 200;

/**
 * A host name, token or path as one safe part of a path: anything outside [A-Za-z0-9._-] is percent-encoded, so that
 * `decodeURIComponent` gives it back, and two names never share a part. Names that would be too long (or are empty or
 * no valid Unicode) are cut and end in `~` and a digest: no other part holds a `~`.
 */
export function pathPart(name: string): string {
  // `.` and `..` mean something to the file system.
  const encoded = /^\.{1,2}$/.test(name) ? name.replaceAll('.', '%2E') : encode(name);
  const isFaithful = encoded !== '' && encoded.length <= LONGEST && !/\p{Surrogate}/u.test(name);
  return isFaithful ? encoded : `${encoded.slice(0, LONGEST - 65)}~${digest(name)}`;
}

/**
 * Identifies a run and sorts by time, within a second too, or `latest` could be the one before: `20261121T024500Z-1f4k3f9c`, the
 * millisecond in hexadecimal before what `random` gives, a few letters or digits.
 */
export function newRunId(now: Date, random: () => string): string {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  return `${time}-${now.getUTCMilliseconds().toString(16).padStart(3, '0')}${random()}`;
}

/** True for the name of a run's folder. */
export function isRunId(name: string): boolean {
  return /^\d{8}T\d{6}Z-[A-Za-z0-9._-]+$/.test(name);
}

function encode(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/gu, (character) =>
    [...Buffer.from(character, 'utf8')]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

/** Over UTF-16, where no two strings are alike: UTF-8 has one form for all lone surrogates. */
function digest(name: string): string {
  return createHash('sha256').update(Buffer.from(name, 'utf16le')).digest('hex');
}
