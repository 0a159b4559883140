import type { Problem } from '../problem.ts';
import { fingerprintOf, type HostKeyVerdict, typeOfKey } from './host-key.ts';
import { type KnownKey, knownAs } from './known-hosts.ts';
import { describePlace, hostOf, type Peer } from './peer.ts';
import { quoteShellWord } from './shell-words.ts';
import type { JumpHost } from './way.ts';

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
          'Compare the fingerprint with one from the host itself (ssh-keygen -lf on its /etc/ssh/ssh_host_*_key.pub). If it is the same:',
          `  ${keyscanLine(target, typeOfKey(key))}`,
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
          'Only if the new fingerprint is the one on the host itself, forget the old key and learn the new one:',
          `  ssh-keygen -R ${quoteShellWord(knownAs(target).name)} -f ${quoteShellWord(verdict.known.file)}`,
          `  ${keyscanLine(target, typeOfKey(key))}`,
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
        remedy: `List the host's own key too, after comparing its fingerprint:\n  ${keyscanLine(target, typeOfKey(key))}`,
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

/** Where the host can't be asked from here, its last jump host asks. */
function keyscanLine(target: Peer, type: string): string {
  const { address, port, userKnownHostsFiles, hostKeyAlias, way, name } = target;
  if (way.kind === 'command') return `connect once with ssh ${quoteShellWord(name)}, which asks`;
  const flag = type.startsWith('ecdsa-') ? 'ecdsa' : type.replace(/^ssh-/, '');
  const file = quoteShellWord(userKnownHostsFiles[0] ?? 'known_hosts');
  const scan = `ssh-keyscan -t ${flag} -p ${port} ${quoteShellWord(address)}`;
  const carried = way.kind === 'jump' ? `${sshLine(way.jump)} ${quoteShellWord(scan)}` : scan;
  const renamed =
    hostKeyAlias === undefined ? '' : ` | sed ${quoteShellWord(`s/^[^ ]*/${knownAs(target).name}/`)}`;
  return `${carried}${renamed} >> ${file}`;
}

/** Takes the same way as sluice, but for `-F`. */
function sshLine({ name, user, port }: JumpHost): string {
  return `ssh -p ${port} -l ${quoteShellWord(user)} ${quoteShellWord(name)}`;
}
