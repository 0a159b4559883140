import type { ParsedKey } from 'ssh2';
import type { Sensitive } from '../sensitive.ts';
import { type Agent, connectAgent } from './agent.ts';
import { allowsAlgorithm } from './algorithms.ts';
import type { Disk } from './disk.ts';
import { fingerprintOf, isRsaBelow, typeOfKey } from './host-key.ts';
import { type KeyFile, type LockedKey, loadKeyFile, type PrivateKey } from './key-file.ts';
import type { Peer } from './peer.ts';
import { quoteShellWord } from './shell-words.ts';

/** A key that can be offered: in memory, or held by the agent. */
export type Credential = {
  /** Where it comes from and its fingerprint, for messages. */
  readonly label: string;
  readonly publicKey: Buffer;
  readonly signer:
    | { readonly kind: 'key'; readonly key: ParsedKey }
    | { readonly kind: 'agent'; readonly agent: Agent; readonly key: ParsedKey };
};

export type Credentials = {
  readonly offers: readonly Credential[];
  /** Why keys that one could expect are not among the offers. */
  readonly notes: readonly string[];
};

/** What of a host's terms decides on its keys. */
type KeyChoice = Pick<
  Peer,
  | 'keyFiles'
  | 'identitiesOnly'
  | 'identityAgent'
  | 'publicKeyAlgorithms'
  | 'leastRsaBits'
  | 'methods'
  | 'password'
  | 'keyPassphrase'
>;

/** Asks the operator, without an echo. */
export type Ask = (prompt: string) => Promise<Sensitive>;

export type Keyring = {
  credentialsFor(choice: KeyChoice): Promise<Credentials>;
  /**
   * Opens the encrypted keys that would be offered and that no agent holds, with the passphrase of the inventory, or one
   * that is asked for, once a run. A key that nobody named is asked for only where there is nothing else to log in with.
   */
  unlock(choices: readonly KeyChoice[], ask: Ask | undefined): Promise<void>;
};

const defaultKeyFiles = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
/** NumberOfPasswordPrompts, of ssh. */
const tries = 3;

/**
 * Collects the keys to offer: the given files and then the agent's, or without given files the agent's and then those that
 * ssh(1) looks for by default. Each file is parsed, and the agent asked, once per run.
 */
export function createKeyring(
  environment: { readonly home: string; readonly uid?: number; readonly agentSocket?: string },
  disk: Disk,
): Keyring {
  const loadOnce = once((path) => loadKeyFile(path, disk, environment.uid));
  const askAgentOnce = once(askAgent);
  /** What became of the encrypted files: a key, or the reason why there is none. */
  const opened = new Map<string, PrivateKey | string>();
  /** Hosts share the passphrase of their group, and each try takes a second. */
  const tried = new Set<string>();

  const lookUp = async ({ keyFiles, identityAgent = environment.agentSocket ?? '' }: KeyChoice) => {
    const agent = await askAgentOnce(identityAgent === 'none' ? '' : identityAgent);
    const isGiven = keyFiles !== 'default';
    const paths = isGiven ? keyFiles : defaultKeyFiles.map((name) => `${environment.home}/.ssh/${name}`);
    const files = await Promise.all(paths.map(loadOnce));
    const certificates = await Promise.all(paths.map((path) => loadOnce(`${path}-cert.pub`)));
    return { agent, isGiven, files, certificates };
  };
  /** As it stands after `unlock`. */
  const unlocked = (file: KeyFile): Exclude<KeyFile, LockedKey> => {
    if (file.kind !== 'locked') return file;
    const outcome = opened.get(file.path) ?? notAskedNote(file.path);
    if (typeof outcome !== 'string') return outcome;
    const { publicKey } = file;
    return publicKey === undefined
      ? { kind: 'unusable', note: outcome }
      : { kind: 'public', publicKey, note: outcome };
  };

  return {
    async credentialsFor(choice) {
      const { agent, isGiven, files: asFound, certificates } = await lookUp(choice);
      const files = asFound.map(unlocked);
      const fromFiles = files.flatMap((file) => credentialOf(file, agent.offers) ?? []);
      const fromAgent = choice.identitiesOnly ? [] : agent.offers;
      const offers = isGiven ? [...fromFiles, ...fromAgent] : [...fromAgent, ...fromFiles];
      const fitting = offers.filter(({ publicKey }) => misfitOf(publicKey, choice) === undefined);
      return {
        offers: fitting.filter(
          (offer, at) => at === fitting.findIndex((each) => each.publicKey.equals(offer.publicKey)),
        ),
        notes: [
          ...files.flatMap((file) => noteOf(file, isGiven, agent.offers)),
          ...certificates.flatMap((file) => (file.kind === 'unusable' ? [file.note] : [])),
          ...offers.flatMap(({ label, publicKey }) => {
            const misfit = misfitOf(publicKey, choice);
            return misfit === undefined ? [] : [`${label}: ${misfit}`];
          }),
          ...agent.notes,
        ],
      };
    },

    async unlock(choices, ask) {
      const wanting = choices.filter(({ methods }) => methods.includes('publickey'));
      for (const choice of wanting) {
        const { keyPassphrase } = choice;
        if (keyPassphrase === undefined) continue;
        for (const file of await lockedFor(choice)) {
          const attempt = JSON.stringify([file.path, keyPassphrase.reveal()]);
          if (!tried.has(attempt)) opened.set(file.path, openWith(file, keyPassphrase));
          tried.add(attempt);
        }
      }
      for (const choice of wanting) {
        const isNamed = choice.keyFiles !== 'default';
        for (const file of await lockedFor(choice)) {
          if (opened.has(file.path)) continue;
          if (!isNamed && !(await isOnlyHope(choice))) break;
          opened.set(
            file.path,
            ask === undefined ? noTerminalNote(file.path) : await openByAsking(file, ask),
          );
        }
      }
    },
  };

  /** The encrypted files that would be offered, and aren't open yet. */
  async function lockedFor(choice: KeyChoice): Promise<LockedKey[]> {
    const { agent, files } = await lookUp(choice);
    return files.flatMap((file) => {
      if (file.kind !== 'locked' || unlocked(file).kind === 'private') return [];
      const { publicKey } = file;
      const isHeld = publicKey && agent.offers.some((offer) => offer.publicKey.equals(publicKey));
      const isMisfit = publicKey && misfitOf(publicKey, choice) !== undefined;
      return isHeld || isMisfit ? [] : [file];
    });
  }

  async function isOnlyHope(choice: KeyChoice): Promise<boolean> {
    if (choice.password !== undefined) return false;
    const { agent, files } = await lookUp(choice);
    const offers = [...agent.offers, ...files.flatMap((file) => credentialOf(unlocked(file), []) ?? [])];
    return offers.every(({ publicKey }) => misfitOf(publicKey, choice) !== undefined);
  }
}

/** Remembers what was promised for a name. */
function once<T>(load: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const loading = new Map<string, Promise<T>>();
  return (name) => {
    const known = loading.get(name) ?? load(name);
    loading.set(name, known);
    return known;
  };
}

function openWith(file: LockedKey, passphrase: Sensitive): PrivateKey | string {
  const key = file.unlock(passphrase);
  if (key === undefined) return `${file.path}: ansible_private_key_passphrase is not its passphrase`;
  return key.kind === 'private' ? key : key.note;
}

/** In ssh's words; an empty answer leaves the key out. */
async function openByAsking(file: LockedKey, ask: Ask): Promise<PrivateKey | string> {
  for (let asked = 1; asked <= tries; asked += 1) {
    const passphrase = await ask(`Enter passphrase for key '${file.path}': `);
    if (passphrase.reveal() === '') return `${file.path}: no passphrase was typed`;
    const key = file.unlock(passphrase);
    if (key !== undefined) return key.kind === 'private' ? key : key.note;
  }
  return `${file.path}: the passphrase was wrong ${tries} times`;
}

function noTerminalNote(path: string): string {
  return `${path}: is encrypted, and there is no terminal to ask for its passphrase: ssh-add ${quoteShellWord(path)}, set ansible_private_key_passphrase, or give sluice a key of its own`;
}

function notAskedNote(path: string): string {
  return `${path}: is encrypted; add it to an agent: ssh-add ${quoteShellWord(path)}; or name it (--private-key), and its passphrase is asked for`;
}

/** Why a key isn't to be offered to this host. */
function misfitOf(publicKey: Buffer, { publicKeyAlgorithms, leastRsaBits }: KeyChoice): string | undefined {
  const type = typeOfKey(publicKey);
  const signatures = type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type];
  if (!signatures.some((algorithm) => allowsAlgorithm(publicKeyAlgorithms, algorithm)))
    return 'PubkeyAcceptedAlgorithms leaves it out';
  return isRsaBelow(leastRsaBits, publicKey)
    ? `has fewer than ${leastRsaBits} bits (RequiredRSASize)`
    : undefined;
}

/** The file's own key, or the agent's copy of it. */
function credentialOf(
  file: Exclude<KeyFile, LockedKey>,
  agentOffers: readonly Credential[],
): Credential | undefined {
  if (file.kind === 'private') {
    const { label, publicKey, key } = file;
    return { label, publicKey, signer: { kind: 'key', key } };
  }
  if (file.kind !== 'public') return undefined;
  return agentOffers.find(({ publicKey }) => publicKey.equals(file.publicKey));
}

function noteOf(
  file: Exclude<KeyFile, LockedKey>,
  isGiven: boolean,
  agentOffers: readonly Credential[],
): string[] {
  if (file.kind === 'private' || credentialOf(file, agentOffers) !== undefined) return [];
  return file.kind === 'missing' && !isGiven ? [] : [file.note];
}

async function askAgent(socket: string): Promise<Credentials> {
  if (socket === '') return { offers: [], notes: [] };
  const agent = connectAgent(socket);
  const answer = await agent.identities();
  if (typeof answer === 'string') return { offers: [], notes: [`ssh-agent at ${socket}: ${answer}`] };
  const offers = answer.map((key): Credential => {
    const publicKey = key.getPublicSSH();
    const label = `agent key ${key.comment} (${key.type} ${fingerprintOf(publicKey)})`;
    return { label, publicKey, signer: { kind: 'agent', agent, key } };
  });
  return { offers, notes: [] };
}
