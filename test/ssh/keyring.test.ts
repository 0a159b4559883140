import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sensitive } from '../../src/sensitive.ts';
import { localDisk } from '../../src/ssh/disk.ts';
import { createKeyring } from '../../src/ssh/keyring.ts';
import type { Target } from '../../src/ssh/target.ts';
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
    'note: encrypted: is encrypted; add it to an agent: ssh-add encrypted; or name it (--private-key), and its passphrase is asked for',
    'note: given.pub: is a public key, and the agent does not hold its private key',
    'note: junk: Unsupported key format',
    'note: missing: no such file',
    'note: home: cannot be read',
    'note: ssh-agent at no agent: Failed to connect to agent',
  ]);
});

describe('passphrases', () => {
  const secret = (text: string) => new Sensitive(text);
  const right = 'secret phrase';
  beforeAll(() => {
    for (const home of ['locked', 'mixed']) mkdirSync(path(`${home}/.ssh`), { recursive: true });
    for (const name of ['locked/.ssh/id_ed25519', 'locked/.ssh/id_rsa', 'mixed/.ssh/id_rsa'])
      generateKey(path(name), 'ed25519', right);
    generateKey(path('mixed/.ssh/id_ecdsa'), 'ecdsa');
  });

  type Choice = Partial<Target> & { readonly home?: string; readonly agentSocket?: string };
  /** Opens what hosts need, with these answers; says what was asked for, and what the first is offered and not. */
  async function unlocking(choices: readonly Choice[], answers: readonly string[] | 'no terminal') {
    const { home = 'nowhere', agentSocket } = choices[0] ?? {};
    const environment = { home: path(home), ...(agentSocket === undefined ? {} : { agentSocket }) };
    const keyring = createKeyring(environment, localDisk);
    const waiting = [...answers];
    const asked: string[] = [];
    const ask = async (prompt: string) => {
      asked.push(prompt.replace(`${folder}/`, ''));
      return secret(waiting.shift() ?? '');
    };
    const targets = choices.map((choice) => ({ ...PLAIN, ...choice }));
    await keyring.unlock(targets, answers === 'no terminal' ? undefined : ask);
    const { offers, notes } = await keyring.credentialsFor(targets[0] ?? PLAIN);
    const short = (text: string) => text.replaceAll(`${folder}/`, '');
    return {
      asked,
      offered: offers.map(({ label }) => short(label).replace(/ \(.*/, '')),
      notes: notes.map(short),
    };
  }
  const named = () => ({ keyFiles: [path('encrypted')] });
  const prompt = (name: string) => `Enter passphrase for key '${name}': `;

  test('a named key is asked for once, however many hosts have it', async () => {
    expect(await unlocking([named(), { ...named(), host: 'gw2' }], [right])).toEqual({
      asked: [prompt('encrypted')],
      offered: ['encrypted'],
      notes: [],
    });
  });

  test('three tries; an empty answer is the last', async () => {
    const wrong = await unlocking([named()], ['a', 'b', 'c', right]);
    expect(wrong.asked).toEqual(Array.from({ length: 3 }, () => prompt('encrypted')));
    expect(wrong.offered).toEqual([]);
    expect(wrong.notes).toEqual(['encrypted: the passphrase was wrong 3 times']);
    const none = await unlocking([named(), { ...named(), host: 'gw2' }], ['']);
    expect(none.asked).toHaveLength(1);
    expect(none.notes).toEqual(['encrypted: no passphrase was typed']);
  });

  test.each<[string, () => Choice]>([
    ['that the agent holds', () => ({ ...named(), agentSocket: agent.socket })],
    ['that the host would not be offered', () => ({ ...named(), publicKeyAlgorithms: 'ssh-ed25519' })],
    ['where no key is offered at all', () => ({ ...named(), methods: ['password'] })],
    ['of the default ones, beside one in clear', () => ({ home: 'mixed' })],
    ["of the default ones, beside an agent's", () => ({ home: 'locked', agentSocket: agent.socket })],
    ['of the default ones, beside a password', () => ({ home: 'locked', password: secret('x') })],
  ])('no question about a key %s', async (_case, choice) => {
    expect((await unlocking([choice()], [right])).asked).toEqual([]);
  });

  test('a default key is asked for as the only hope, the next one where that fails', async () => {
    const first = await unlocking([{ home: 'locked' }], [right]);
    expect(first.asked).toEqual([prompt('locked/.ssh/id_ed25519')]);
    expect(first.offered).toEqual(['locked/.ssh/id_ed25519']);
    expect(first.notes).toEqual([
      expect.stringContaining('locked/.ssh/id_rsa: is encrypted; add it to an agent'),
    ]);
    const second = await unlocking([{ home: 'locked' }], ['', right]);
    expect(second.offered).toEqual(['locked/.ssh/id_rsa']);
  });

  test('no terminal: a note with the ways out', async () => {
    const { offered, notes } = await unlocking([named()], 'no terminal');
    expect(offered).toEqual([]);
    expect(notes).toEqual([
      expect.stringMatching(/there is no terminal.*: ssh-add .*ansible_private_key_passphrase/),
    ]);
  });

  test("the inventory's passphrase opens a key without a question, for every host", async () => {
    const told = { ...named(), keyPassphrase: secret(right) };
    expect(await unlocking([named(), told], [])).toMatchObject({ asked: [], offered: ['encrypted'] });
    const wrong = await unlocking([{ ...named(), keyPassphrase: secret('guess') }], []);
    expect(wrong).toMatchObject({
      asked: [],
      notes: ['encrypted: ansible_private_key_passphrase is not its passphrase'],
    });
    const both = await unlocking([{ ...named(), keyPassphrase: secret('guess') }, told], []);
    expect(both.offered).toEqual(['encrypted']);
  });
});
