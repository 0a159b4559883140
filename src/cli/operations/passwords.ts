import { text as textOf } from 'node:stream/consumers';
import { ProblemsError } from '../../problem.ts';
import { Sensitive } from '../../sensitive.ts';
import type { ConnectionFlags } from '../../ssh/target.ts';
import { secretFault } from '../../ssh/variables.ts';
import { askOnTerminal, hasTerminal } from './ask.ts';
import { readSecretFile } from './secret-file.ts';

/** Where a password comes from. */
export type PasswordSource =
  | { readonly kind: 'terminal' /** What asked, if not a flag. */; readonly askedBy?: string }
  | { readonly kind: 'value'; readonly value: Sensitive; readonly from: string }
  /** As in Ansible: `-` is stdin, and a file that is executable is run. */
  | { readonly kind: 'file'; readonly file: string };

export type PasswordSources = {
  /** Of the login: `-k`, or `--connection-password-file`. */
  readonly connection?: PasswordSource;
  /** Of sudo: `-K`, or `--become-password-file`. */
  readonly become?: PasswordSource;
};

/** What a password is for, and how the operator gives it. */
type Purpose = {
  readonly whose: string;
  readonly prompt: string;
  readonly flag: string;
  readonly fileFlag: string;
  readonly variable: string;
};

const CONNECTION: Purpose = {
  whose: "the login's password",
  prompt: 'SSH password: ',
  flag: '-k',
  fileFlag: '--connection-password-file',
  variable: 'ansible_password',
};

const BECOME: Purpose = {
  whose: "sudo's password",
  prompt: 'BECOME password: ',
  flag: '-K',
  fileFlag: '--become-password-file',
  variable: 'ansible_become_password',
};

/**
 * Reads the passwords, once a run. An empty answer after `-K` is the login's password, where that was asked for too, as in
 * Ansible.
 * @throws ProblemsError when there is no terminal, no such file, or no password in it
 */
export async function readPasswords({
  connection,
  become,
}: PasswordSources): Promise<Pick<ConnectionFlags, 'password' | 'becomePassword'>> {
  if (isStdin(connection) && isStdin(become)) {
    const message = 'both passwords would be read from stdin';
    throw problem('password-file', message, 'Give one of them in a file of its own, or on the terminal.');
  }
  const password = connection === undefined ? undefined : await readPassword(connection, CONNECTION);
  const becomePassword =
    become === undefined
      ? undefined
      : await readPassword(become, BECOME, become.kind === 'terminal' ? password : undefined);
  return {
    ...(password === undefined ? {} : { password }),
    ...(becomePassword === undefined ? {} : { becomePassword }),
  };
}

function isStdin(source: PasswordSource | undefined): boolean {
  return source?.kind === 'file' && source.file === '-';
}

/** `otherwise`: what an empty answer stands for. */
async function readPassword(
  source: PasswordSource,
  purpose: Purpose,
  otherwise?: Sensitive,
): Promise<Sensitive> {
  const hint = otherwise === undefined ? purpose.prompt : 'BECOME password[defaults to SSH password]: ';
  const password =
    source.kind === 'terminal'
      ? await ask({ ...purpose, flag: source.askedBy ?? purpose.flag }, hint)
      : source.kind === 'value'
        ? source.value.reveal()
        : (await read(source.file, purpose)).trim();
  if (password === '' && otherwise !== undefined) return otherwise;
  const fault = password === '' ? 'is empty' : secretFault(password);
  if (fault !== undefined)
    throw problem('password', `${purpose.whose} (${placeOf(source)}) ${fault}`, 'Run again.');
  return new Sensitive(password);
}

function placeOf(source: PasswordSource): string {
  switch (source.kind) {
    case 'terminal':
      return 'what was typed';
    case 'value':
      return source.from;
    case 'file':
      return source.file;
  }
}

async function ask({ whose, flag, fileFlag, variable }: Purpose, prompt: string): Promise<string> {
  if (hasTerminal()) return askOnTerminal(prompt);
  throw problem(
    'no-terminal',
    `${flag} asks for ${whose} on a terminal, and there is none`,
    `Use ${fileFlag} FILE, or set ${variable} in the inventory.`,
  );
}

async function read(file: string, { whose, fileFlag }: Purpose): Promise<string> {
  if (file === '-') return textOf(process.stdin);
  const secret = await readSecretFile(file);
  if (secret.kind !== 'failed') return secret.content.toString('utf8');
  throw problem(
    'password-file',
    `can't read ${whose} from ${file}: ${secret.why}`,
    `Name a file that holds the password, or a program that prints it, after ${fileFlag}.`,
  );
}

function problem(code: string, message: string, remedy: string): ProblemsError {
  return new ProblemsError([{ code, message, remedy }]);
}
