import type { Remote, RemoteCommand, RemoteResult } from '../remote.ts';
import { type Answer, AnswerReader } from './answers.ts';

/** Why a gateway said no: a code of the program and its own words. */
export type Refusal = { readonly code: string; readonly text: string };

/** Nothing came back whole: the connection died, or the program never ran. */
export type NoAnswer = { readonly kind: 'lost'; readonly reason: string };
export type Refused = { readonly kind: 'refused'; readonly refusals: readonly Refusal[] };

/** Runs a verb to its end: what it answered, or why it didn't. */
export async function ask(
  remote: Remote,
  command: RemoteCommand,
  signal?: AbortSignal,
): Promise<Answer | Refused | NoAnswer> {
  const result = await remote.run(command, signal);
  const answer = await new AnswerReader(once(result.stdout)).next();
  return answer ?? noAnswer(result);
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** A program that ended without a whole answer never ran, or was cut off: sudo's and the shell's words tell which. */
export function noAnswer(result: RemoteResult): Refused | NoAnswer {
  switch (result.kind) {
    case 'lost':
      return { kind: 'lost', reason: result.reason };
    case 'signalled':
      return { kind: 'lost', reason: `the program was killed by ${result.signal}` };
    case 'exited': {
      const words = result.stderr.trim();
      if (isOfSudo(words)) {
        return { kind: 'refused', refusals: [{ code: 'become-failed', text: sudoWords(words) }] };
      }
      return {
        kind: 'refused',
        refusals: [{ code: 'program-failed', text: `exit code ${result.code}: ${words}` }],
      };
    }
  }
}

/** What a login may not run, sudo says without its name. */
function isOfSudo(words: string): boolean {
  return /^sudo:|sudo: (command )?not found|^Sorry, user .* (is not allowed|may not run)|^\S+ is not in the sudoers file/m.test(
    words,
  );
}

/** Without the lecture, without a blank "try again", and without our whole program, which sudo names when it may not be run. */
function sudoWords(words: string): string {
  const lines = words.replace(/(not allowed to execute) '.*' (as \S+ on )/s, '$1 this $2').split('\n');
  const said = lines.filter((line) => isOfSudo(line)).map((line) => line.trim());
  return said.join('; ');
}
