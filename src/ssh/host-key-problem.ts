import type { Problem } from '../problem.ts';
import { fingerprintOf, type HostKeyVerdict, typeOfKey } from './host-key.ts';
import { type KnownKey, knownAs } from './known-hosts.ts';
import { describePlace, hostOf, type Peer } from './peer.ts';
import { quoteShellWord } from './shell-words.ts';

/** Says why a host key is refused, and what the operator can do; undefined for a key that is known. */
export function hostKeyProblem(
  verdict: HostKeyVerdict,
  key: Buffer,
  target: Peer,
  filesReadIn: readonly string[],
): Problem | undefined {
  const host = hostOf(target);
  const offered = `${typeOfKey(key)} ${fingerprintOf(key)}`;
  const server = describePlace({ target, address: target.address });
  switch (verdict.kind) {
    case 'known':
      return undefined;
    case 'unknown':
      return {
        code: 'host-key-unknown',
        ...host,
        message: `no known_hosts file knows the host key of ${server}: ${offered}${otherKeys(verdict.others)}`,
        remedy: [
          `Looked in ${filesReadIn.join(', ') || 'no file at all'}.`,
          'Compare the fingerprint with one from the host itself (ssh-keygen -lf on its /etc/ssh/ssh_host_*_key.pub).',
          'If it is the same, add it, with the -i and the ssh flags of this run:',
          `  ${scanLine(target)}`,
        ].join('\n'),
      };
    case 'changed':
      return {
        code: 'host-key-changed',
        ...host,
        ...placeOf(verdict.known),
        message: `the host key of ${server} has changed: it offers ${offered}, known is ${describe(verdict.known)}`,
        remedy: [
          'Someone may be intercepting the connection, or the host was installed anew.',
          'Only if the new fingerprint is the one on the host itself, forget the old key and add the new one:',
          `  ssh-keygen -R ${quoteShellWord(knownAs(target).name)} -f ${quoteShellWord(verdict.known.file)}`,
          `  ${scanLine(target)}`,
        ].join('\n'),
      };
    case 'revoked':
      return {
        code: 'host-key-revoked',
        ...host,
        ...placeOf(verdict.known),
        message: `the host key of ${server} is marked as revoked: ${offered}`,
        remedy: 'Do not connect. Give the host a new key, or remove the @revoked line if it is wrong.',
      };
    case 'authority-only':
      return {
        code: 'host-key-authority',
        ...host,
        ...placeOf(verdict.known),
        message: `${server} is known by a certificate authority alone, which is not supported yet; it offers ${offered}`,
        remedy: `List the host's own key too, after comparing its fingerprint:\n  ${scanLine(target)}`,
      };
  }
}

function placeOf({ file, line }: KnownKey): { file: string; line: number } {
  return { file, line };
}

function describe({ type, key }: KnownKey): string {
  return `${type} ${fingerprintOf(Buffer.from(key, 'base64'))}`;
}

function otherKeys(others: readonly KnownKey[]): string {
  if (others.length === 0) return '';
  return `; keys of other types are known: ${others.map((each) => `${each.type} (${each.file}:${each.line})`).join(', ')}`;
}

/** A jump host is found by the hosts behind it. */
function scanLine({ host }: Peer): string {
  return host === undefined ? 'sluice hostkeys scan' : `sluice hostkeys scan ${quoteShellWord(host)}`;
}
