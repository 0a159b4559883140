import type { Problem } from '../problem.ts';
import { Sensitive, type Vaulted } from '../sensitive.ts';
import { decrypt } from './decrypt.ts';
import { type Envelope, parseEnvelope } from './envelope.ts';

/** A password under the label of its vault id; `default` where none was given. */
export type VaultPassword = { readonly id: string; readonly password: Sensitive };

/** What came out of the sources of passwords, in the order in which they are tried. */
export type VaultPasswords = {
  readonly passwords: readonly VaultPassword[];
  /** Of the sources that gave none, why: a sentence each. */
  readonly failures: readonly string[];
};

/** Decrypts what is asked for, and nothing else. Everything is remembered for the run: passwords, and texts by their ciphertext. */
export type Vault = {
  /** The text of a wholly encrypted file. */
  readText(
    ciphertext: string,
    file: string,
  ): Promise<{ readonly text: Sensitive } | { readonly problem: Problem }>;
  /** Opens a value, or says why it stays sealed. `name`: of its variable, for the message. */
  open(value: Vaulted, name: string): Promise<Problem | undefined>;
};

/** How ids choose among the passwords. */
export type IdRules = {
  /** The id of a ciphertext that names none. */
  readonly identity: string;
  /** Whether only passwords of the ciphertext's id are tried, rather than those first. */
  readonly onlyMatching: boolean;
};

type Fault = Pick<Problem, 'code' | 'message' | 'remedy'>;
type Outcome = { readonly text: Sensitive } | { readonly fault: (what: string) => Fault };

/** @param loadPasswords asked once, when the first ciphertext is met */
export function createVault(loadPasswords: () => Promise<VaultPasswords>, rules: IdRules): Vault {
  let loading: Promise<VaultPasswords> | undefined;
  const outcomes = new Map<string, Promise<Outcome>>();
  const outcomeOf = (ciphertext: string): Promise<Outcome> => {
    const known = outcomes.get(ciphertext);
    if (known !== undefined) return known;
    const load = () => {
      loading ??= loadPasswords();
      return loading;
    };
    const outcome = readEnvelope(ciphertext, load, rules);
    outcomes.set(ciphertext, outcome);
    return outcome;
  };
  return {
    async readText(ciphertext, file) {
      const outcome = await outcomeOf(ciphertext);
      return 'text' in outcome ? outcome : { problem: { file, ...outcome.fault('the file') } };
    },
    async open(value, name) {
      const outcome = await outcomeOf(value.ciphertext);
      if ('fault' in outcome) return { ...value.place, ...outcome.fault(name) };
      value.open(outcome.text);
      return undefined;
    },
  };
}

async function readEnvelope(
  ciphertext: string,
  load: () => Promise<VaultPasswords>,
  { identity, onlyMatching }: IdRules,
): Promise<Outcome> {
  const envelope = parseEnvelope(ciphertext);
  if ('fault' in envelope) {
    const { fault, reason } = envelope;
    return { fault: (what) => (fault === 'damaged' ? damaged(what, reason) : unknownFormat(what, reason)) };
  }
  const { passwords, failures } = await load();
  if (passwords.length === 0) return { fault: (what) => noPassword(what, envelope, failures) };
  const matching = passwords.filter(({ id }) => id === (envelope.id ?? identity));
  const others = onlyMatching ? [] : passwords.filter((one) => !matching.includes(one));
  const ordered = [...matching, ...others];
  for (const { password } of ordered) {
    const bytes = await decrypt(envelope, password);
    if (bytes === undefined) continue;
    const text = decodeUtf8(bytes);
    if (text === undefined)
      return { fault: (what) => damaged(what, 'it was decrypted, but is not UTF-8 text') };
    return { text: new Sensitive(text) };
  }
  const tried = [...new Set(ordered.map(({ id }) => id))];
  return { fault: (what) => wrongPassword(what, envelope, tried, failures) };
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function noPassword(what: string, envelope: Envelope, failures: readonly string[]): Fault {
  const none = failures.length === 0 ? 'no vault password was given' : 'there is no vault password';
  return {
    code: 'vault-no-password',
    message: `${what} is encrypted with Ansible Vault${labelOf(envelope)}, and ${none}`,
    remedy: remedyWith(
      failures,
      `Give the password: --vault-password-file FILE, --vault-id ${envelope.id ?? 'LABEL'}@FILE, or --ask-vault-password.`,
    ),
  };
}

function wrongPassword(
  what: string,
  envelope: Envelope,
  tried: readonly string[],
  failures: readonly string[],
): Fault {
  if (tried.length === 0) {
    return {
      code: 'vault-wrong-password',
      message: `${what} is encrypted with Ansible Vault${labelOf(envelope)}, and no password has its id (vault_id_match)`,
      remedy: remedyWith(
        failures,
        `Give one: --vault-id ${envelope.id ?? 'LABEL'}@FILE; or set vault_id_match = False.`,
      ),
    };
  }
  return {
    code: 'vault-wrong-password',
    message: `${what} is encrypted with Ansible Vault${labelOf(envelope)}, and no password opens it (tried: ${tried.join(', ')})`,
    remedy: remedyWith(
      failures,
      'Its HMAC fits none of them: it has another password, or was damaged. Try ansible-vault view with the same password.',
    ),
  };
}

function damaged(what: string, reason: string): Fault {
  return {
    code: 'vault-damaged',
    message: `${what} is encrypted with Ansible Vault, and damaged: ${reason}`,
    remedy: 'Take it from a backup, or encrypt it anew with ansible-vault.',
  };
}

function unknownFormat(what: string, reason: string): Fault {
  return {
    code: 'vault-format',
    message: `${what} is encrypted with Ansible Vault, but ${reason}`,
    remedy: 'Encrypt it anew with a current ansible-vault: ansible-vault rekey.',
  };
}

function labelOf({ id }: Envelope): string {
  return id === undefined ? '' : ` (id ${JSON.stringify(id)})`;
}

function remedyWith(failures: readonly string[], remedy: string): string {
  return [remedy, ...failures].join('\n');
}
