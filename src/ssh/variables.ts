import type { Resolved, ResolvedHost } from '../inventory/model.ts';
import type { Problem } from '../problem.ts';
import { hideIn, Sensitive, type Vaulted } from '../sensitive.ts';
import { Unusable } from '../unusable.ts';

/** Reads a host's connection variables; what is wrong with them is collected in `problems`. */
export type VariableReader = {
  /** Where a variable has several names, the last one that is set wins, as in Ansible. */
  text(...names: string[]): string | undefined;
  boolean(...names: string[]): boolean | undefined;
  whole(range: { readonly from: number; readonly to: number }, ...names: string[]): number | undefined;
  texts(name: string): readonly string[];
  /** A text that no message shows, not even when it is wrong. */
  secret(...names: string[]): Sensitive | undefined;
  readonly problems: Problem[];
  /** What was read out of the vault, which no message may show. */
  readonly secrets: readonly Sensitive[];
  /** The problems, without what is secret in them. */
  shownProblems(): Problem[];
};

/** A variable can't be read before the vault has opened it. */
export type SealedProblem = Problem & {
  readonly sealed: { readonly name: string; readonly values: readonly Vaulted[] };
};

/** Says whether it is only the vault that stands between us and a variable. */
export function isSealed(problem: Problem): problem is SealedProblem {
  return 'sealed' in problem;
}

export function readVariables(host: ResolvedHost): VariableReader {
  const problems: Problem[] = [];
  const secrets: Sensitive[] = [];
  const complain = (code: string, message: string, remedy: string) => {
    problems.push({ code, host: host.name, message, remedy });
  };
  const find = (names: string[]): { name: string; value: Resolved } | undefined => {
    const name = names.findLast((each) => isGiven(host.vars[each]));
    const value = name === undefined ? undefined : host.vars[name];
    if (name === undefined || value === undefined) return undefined;
    if (value instanceof Unusable) {
      complain(value.code, value.message, value.remedy);
      return undefined;
    }
    if (typeof value === 'string' && value.startsWith('ENC[AES256_GCM,')) {
      complain(
        'invalid-variable',
        `${name} is encrypted with SOPS, which is not decrypted`,
        `Write ${name} in plain, or encrypt it with ansible-vault.`,
      );
      return undefined;
    }
    if (!(value instanceof Sensitive)) return { name, value };
    if (value.sealed.length > 0) {
      problems.push(sealedProblem(host.name, name, value.sealed));
      return undefined;
    }
    secrets.push(value);
    return { name, value: value.reveal() };
  };
  const textOf = (name: string, value: Resolved): string | undefined => {
    if (typeof value !== 'string' && typeof value !== 'number') {
      complain(
        'invalid-variable',
        `${name} is ${JSON.stringify(value)}, not text`,
        `Give ${name} a plain text value.`,
      );
      return undefined;
    }
    const text = String(value);
    if (hasControlCharacter(text)) {
      complain(
        'invalid-variable',
        `${name} holds a control character: ${JSON.stringify(text)}`,
        `Remove it from ${name}.`,
      );
      return undefined;
    }
    return text;
  };

  const secretOf = (name: string, value: Resolved): Sensitive | undefined => {
    const text = typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
    const fault = text === undefined ? 'is not text' : secretFault(text);
    if (text !== undefined && fault === undefined) return new Sensitive(text);
    complain('invalid-variable', `${name} ${fault}`, secretRemedy);
    return undefined;
  };

  return {
    problems,
    secrets,
    shownProblems: () => problems.map((problem) => hideIn(problem, secrets)),
    secret(...names) {
      const found = find(names);
      return found === undefined ? undefined : secretOf(found.name, found.value);
    },
    text(...names) {
      const found = find(names);
      return found === undefined ? undefined : textOf(found.name, found.value);
    },
    boolean(...names) {
      const found = find(names);
      if (found === undefined) return undefined;
      const flag = booleanOf(found.value);
      if (flag === undefined) {
        complain(
          'invalid-variable',
          `${found.name} is ${JSON.stringify(found.value)}, not a boolean`,
          'Write true or false.',
        );
      }
      return flag;
    },
    whole({ from, to }, ...names) {
      const found = find(names);
      const text = found === undefined ? undefined : textOf(found.name, found.value);
      if (found === undefined || text === undefined) return undefined;
      const number = parseWhole(text, from, to);
      if (number === undefined) {
        complain(
          'invalid-variable',
          `${found.name} is ${JSON.stringify(text)}`,
          `Give a whole number from ${from} to ${to}.`,
        );
      }
      return number;
    },
    texts(name) {
      const written = host.vars[name];
      if (
        written instanceof Sensitive ||
        (Array.isArray(written) && written.some((item) => item instanceof Sensitive))
      ) {
        complain(
          'invalid-variable',
          `${name} comes out of a vault or from a password, and is shown in events`,
          `Write ${name} in plain.`,
        );
        return [];
      }
      const value = find([name])?.value;
      if (value === undefined) return [];
      if (!Array.isArray(value)) {
        complain(
          'invalid-variable',
          `${name} is ${JSON.stringify(value)}, not a list`,
          `Write ${name} as a list.`,
        );
        return [];
      }
      return value.flatMap((item: Resolved) => textOf(name, item) ?? []);
    },
  };
}

function sealedProblem(host: string, name: string, values: readonly Vaulted[]): SealedProblem {
  const message = `${name} is encrypted with Ansible Vault, and was not decrypted`;
  const remedy =
    'Give the vault password: --vault-password-file FILE, --vault-id LABEL@FILE, or --ask-vault-password.';
  return { code: 'vault-sealed', host, message, remedy, sealed: { name, values } };
}

const secretRemedy =
  'Write the password itself, as text; or leave the variable out, and type it after -k or -K.';

/** sudo reads a line, and keeps no more of it than this (SUDO_CONV_REPL_MAX of older versions). */
const longestSecretBytes = 255;

/** What is wrong with a password, without a word of it; undefined when it can be sent. */
export function secretFault(text: string): string | undefined {
  if (hasControlCharacter(text)) return 'holds a control character or a line break';
  if (Buffer.byteLength(text) > longestSecretBytes) return `is longer than ${longestSecretBytes} bytes`;
  return undefined;
}

/** A whole number in decimal, within bounds; undefined for anything else. */
function parseWhole(text: string, from: number, to: number): number | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= from && number <= to ? number : undefined;
}

/** C0, DEL and C1: nothing that names a host, a user or a file in an inventory holds one on purpose. */
export function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** Ansible takes null and empty text for "not set". */
function isGiven(value: Resolved | undefined): value is Resolved {
  if (value instanceof Sensitive) return value.sealed.length > 0 || value.reveal() !== '';
  return value !== undefined && value !== null && value !== '';
}

/** Ansible's `boolean` filter: INI inventories leave `true` and `yes` as text. */
function booleanOf(value: Resolved): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = String(value).toLowerCase();
  if (['y', 'yes', 'on', '1', 'true', 't'].includes(text)) return true;
  if (['n', 'no', 'off', '0', 'false', 'f'].includes(text)) return false;
  return undefined;
}
