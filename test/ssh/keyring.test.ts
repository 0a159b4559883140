import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localDisk } from '../../src/ssh/disk.ts';
import { createKeyring } from '../../src/ssh/keyring.ts';
import type { Terms } from '../../src/ssh/terms.ts';
import { decrypt, generateKey, type SshAgent, startAgent } from './sshd.ts';
import { PLAIN } from './terms.ts';

let folder: string;
let agent: SshAgent;
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-keyring-'));
  mkdirSync(path('home/.ssh'), { recursive: true });
  for (const name of ['given', 'held one', 'held two', 'home/.ssh/id_ed25519']) generateKey(path(name));
  generateKey(path('home/.ssh/id_rsa'), 'rsa');
  agent = await startAgent(path('agent'));
  for (const name of ['held one', 'held two']) agent.add(path(name));
  agent.add(decrypt(generateKey(path('encrypted'), 'ecdsa', 'secret phrase'), 'secret phrase'));
});
afterAll(async () => {
  await agent.stop();
  rmSync(folder, { recursive: true });
});

/** Where the offered keys come from, in order. */
async function sources(
  keyFiles: readonly string[] | 'default',
  agentSocket?: string,
  more: Partial<Terms> = {},
): Promise<string[]> {
  const environment = { home: path('home'), ...(agentSocket === undefined ? {} : { agentSocket }) };
  const { offers, notes } = await createKeyring(environment, localDisk).credentialsFor({
    ...PLAIN,
    keyFiles: keyFiles === 'default' ? keyFiles : keyFiles.map(path),
    ...more,
  });
  const named = offers.map(({ label, signer }) => `${signer.kind}: ${label}`);
  return [...named, ...notes.map((note) => `note: ${note}`)].map((text) =>
    text.replaceAll(`${folder}/`, '').replace(/ \(.*\)$/, ''),
  );
}

test('the agent, then the default files', async () => {
  const defaults = ['key: home/.ssh/id_ed25519', 'key: home/.ssh/id_rsa'];
  expect(await sources('default')).toEqual(defaults);
  const held = ['agent: agent key test key', 'agent: agent key test key', 'agent: agent key test key'];
  expect(await sources('default', agent.socket)).toEqual([...held, ...defaults]);
});

test('a given key comes first, and instead of the default files', async () => {
  expect(await sources(['given'])).toEqual(['key: given']);
  const [first, ...rest] = await sources(['given'], agent.socket);
  expect(first).toBe('key: given');
  expect(rest).toHaveLength(3);
});

test('a key that both the file and the agent have is offered once', async () => {
  expect(await sources(['held two'], agent.socket)).toHaveLength(3);
});

test("of an encrypted file, or a public key, the agent's copy comes first", async () => {
  for (const name of ['encrypted', 'encrypted.pub']) {
    const environment = { home: path('home'), agentSocket: agent.socket };
    const keyring = createKeyring(environment, localDisk);
    const { offers, notes } = await keyring.credentialsFor({ ...PLAIN, keyFiles: [path(name)] });
    expect(offers.map(({ label }) => /ecdsa/.test(label))).toEqual([true, false, false]);
    expect(notes).toEqual([]);
  }
});

test('what cannot be offered is noted', async () => {
  writeFileSync(path('junk'), 'no key at all');
  expect(await sources(['encrypted', 'given.pub', 'junk', 'missing', 'home'], path('no agent'))).toEqual([
    'note: encrypted: is encrypted; add it to an agent: ssh-add encrypted',
    'note: given.pub: is a public key, and the agent does not hold its private key',
    'note: junk: Unsupported key format',
    'note: missing: no such file',
    'note: home: cannot be read',
    'note: ssh-agent at no agent: Failed to connect to agent',
  ]);
});
