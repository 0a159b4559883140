import ssh2, { type ParsedKey } from 'ssh2';
import { type Agent, connectAgent } from './agent.ts';
import { allowsAlgorithm } from './algorithms.ts';
import { type Disk, errorCode } from './disk.ts';
import { fingerprintOf, isRsaBelow, typeOfKey } from './host-key.ts';
import { readPublicPart } from './openssh-key.ts';
import type { Terms } from './terms.ts';

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

/** What a private key file turned out to hold. */
type KeyFile =
  | { readonly kind: 'private'; readonly credential: Credential }
  /** Encrypted, or a public key only: good for picking the agent's copy. */
  | { readonly kind: 'public'; readonly publicKey: Buffer; readonly note: string }
  | { readonly kind: 'unusable'; readonly note: string }
  | { readonly kind: 'missing'; readonly note: string };

/** What of a host's terms decides on its keys. */
type KeyChoice = Pick<
  Terms,
  'keyFiles' | 'identitiesOnly' | 'identityAgent' | 'publicKeyAlgorithms' | 'leastRsaBits'
>;

const defaultKeyFiles = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/**
 * Collects the keys to offer: the given files and then the agent's, or without given files the agent's and then those that
 * ssh(1) looks for by default. Each file is parsed, and the agent asked, once per run.
 */
export function createKeyring(
  environment: { readonly home: string; readonly agentSocket?: string },
  disk: Disk,
): { credentialsFor(choice: KeyChoice): Promise<Credentials> } {
  const parsing = new Map<string, Promise<KeyFile>>();
  const parseOnce = (path: string): Promise<KeyFile> => {
    const known = parsing.get(path) ?? loadKeyFile(path, disk);
    parsing.set(path, known);
    return known;
  };
  const asking = new Map<string, Promise<Credentials>>();
  const askOnce = (socket: string): Promise<Credentials> => {
    const known = asking.get(socket) ?? askAgent(socket);
    asking.set(socket, known);
    return known;
  };

  return {
    async credentialsFor(choice) {
      const { keyFiles, identitiesOnly, identityAgent = environment.agentSocket ?? '' } = choice;
      const agent = await askOnce(identityAgent === 'none' ? '' : identityAgent);
      const isGiven = keyFiles !== 'default';
      const paths = isGiven ? keyFiles : defaultKeyFiles.map((name) => `${environment.home}/.ssh/${name}`);
      const files = await Promise.all(paths.map(parseOnce));

      const fromFiles = files.flatMap((file) => credentialOf(file, agent.offers) ?? []);
      const fromAgent = identitiesOnly ? [] : agent.offers;
      const offers = isGiven ? [...fromFiles, ...fromAgent] : [...fromAgent, ...fromFiles];
      const fitting = offers.filter(({ publicKey }) => misfitOf(publicKey, choice) === undefined);
      return {
        offers: fitting.filter(
          (offer, at) => at === fitting.findIndex((each) => each.publicKey.equals(offer.publicKey)),
        ),
        notes: [
          ...files.flatMap((file) => noteOf(file, isGiven, agent.offers)),
          ...offers.flatMap(({ label, publicKey }) => {
            const misfit = misfitOf(publicKey, choice);
            return misfit === undefined ? [] : [`${label}: ${misfit}`];
          }),
          ...agent.notes,
        ],
      };
    },
  };
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
function credentialOf(file: KeyFile, agentOffers: readonly Credential[]): Credential | undefined {
  if (file.kind === 'private') return file.credential;
  if (file.kind !== 'public') return undefined;
  return agentOffers.find(({ publicKey }) => publicKey.equals(file.publicKey));
}

function noteOf(file: KeyFile, isGiven: boolean, agentOffers: readonly Credential[]): string[] {
  if (file.kind === 'private' || credentialOf(file, agentOffers) !== undefined) return [];
  return file.kind === 'missing' && !isGiven ? [] : [file.note];
}

async function loadKeyFile(path: string, disk: Disk): Promise<KeyFile> {
  let text: Buffer;
  try {
    text = await disk.readFile(path);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT') return { kind: 'unusable', note: `${path}: cannot be read (${code})` };
    // The public half is enough to pick the agent's key.
    const half = path.endsWith('.pub') ? undefined : await loadKeyFile(`${path}.pub`, disk);
    return half?.kind === 'public' ? half : { kind: 'missing', note: `${path}: no such file` };
  }
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) {
    const isEncrypted = /encrypted|passphrase/i.test(key.message);
    const publicKey = readPublicPart(text.toString('latin1'));
    const note = isEncrypted
      ? `${path}: is encrypted; add it to an agent: ssh-add ${path}`
      : `${path}: ${key.message}`;
    return isEncrypted && publicKey !== undefined
      ? { kind: 'public', publicKey, note }
      : { kind: 'unusable', note };
  }
  const publicKey = key.getPublicSSH();
  if (!key.isPrivateKey()) {
    return {
      kind: 'public',
      publicKey,
      note: `${path}: is a public key, and the agent does not hold its private key`,
    };
  }
  const label = `${path} (${key.type} ${fingerprintOf(publicKey)})`;
  return { kind: 'private', credential: { label, publicKey, signer: { kind: 'key', key } } };
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
