import { randomBytes } from 'node:crypto';
import type { RemoteCommand } from '../remote.ts';
import type { Sensitive } from '../sensitive.ts';
import type { Listeners, Program } from './program.ts';
import type { Target } from './target.ts';

/** How a command becomes root on the far side. */
export type Become = {
  /** What the far side calls the program that is installed there, instead of any program that we send. */
  readonly helper?: string;
  /** How sudo is answered when it asks for a password; without it sudo must not ask. */
  readonly asking?: Asking;
};

/** The signs by which a password finds its way to sudo, and to nothing else: nobody can know them beforehand. */
export type Asking = {
  /** What sudo prints on stderr when it wants a password. */
  readonly prompt: string;
  /** Hexadecimal; on a line of stdout it says that sudo is done and the program reads stdin. */
  readonly nonce: string;
};

/** How this command becomes root at this target; undefined when it runs as the login. */
export function becomeFor(command: RemoteCommand, target: Target): Become | undefined {
  if (command.become !== true || !target.become || target.user === 'root') return undefined;
  const { helper, becomePassword } = target;
  if (helper !== undefined && command.installed === undefined) return undefined;
  return {
    ...(helper === undefined ? {} : { helper }),
    ...(becomePassword === undefined ? {} : { asking: newAsking() }),
  };
}

function newAsking(): Asking {
  const nonce = randomBytes(16).toString('hex');
  // sudo expands `%` in a prompt; there is none.
  return { nonce, prompt: `[sluice ${randomBytes(16).toString('hex')}] password: ` };
}

/** The line by which a program that sudo started says that it is there. */
export function readyLine(nonce: string): string {
  return `#sluice-become-ready ${nonce}`;
}

/**
 * Starts a program through a sudo that may ask for a password.
 *
 * What is meant for the program waits until the program itself says that it runs: whatever arrives earlier, sudo would take
 * for a password. The password is sent once, on sudo's own prompt; where sudo doesn't ask (NOPASSWD, a login that is still
 * known) it is never sent. A second prompt says that the password was wrong: stdin is closed, and sudo gives up.
 */
export function startBecoming(
  { prompt, nonce }: Asking,
  password: Sensitive,
  start: (listeners: Listeners) => Program,
  takeStdout: (chunk: Buffer) => void,
): Program {
  let stage: 'starting' | 'answered' | 'refused' | 'ready' = 'starting';
  let isEnded = false;
  const waiting: (string | Uint8Array)[] = [];

  const isReady = () => stage === 'ready';
  const onPrompt = () => {
    if (stage === 'starting') {
      stage = 'answered';
      program.write(`${password.reveal()}\n`);
    } else if (stage === 'answered') {
      stage = 'refused';
      waiting.length = 0;
      program.end();
    }
  };
  const onReady = () => {
    stage = 'ready';
    for (const text of waiting.splice(0)) program.write(text);
    if (isEnded) program.end();
  };

  const prompts = searchFor(prompt, onPrompt, () => undefined);
  const ready = searchFor(`${readyLine(nonce)}\n`, onReady, takeStdout);
  const program = start({
    stdout: (chunk) => {
      if (stage === 'ready') return takeStdout(chunk);
      ready.take(chunk);
      if (isReady()) ready.flush();
    },
    stderr: (chunk) => {
      if (stage !== 'ready') prompts.take(chunk);
    },
  });

  return {
    write(text) {
      if (stage === 'ready') program.write(text);
      else if (stage !== 'refused' && !isEnded) waiting.push(text);
    },
    end() {
      isEnded = true;
      if (stage === 'ready') program.end();
    },
    done: program.done.then((result) => {
      if (stage !== 'ready') ready.flush();
      waiting.length = 0;
      return { ...result, stderr: result.stderr.replaceAll(prompt, '') };
    }),
  };
}

/** Looks for a text in a stream, across its chunks; passes on all the rest, and after the first find whatever follows. */
function searchFor(text: string, found: () => void, pass: (chunk: Buffer) => void) {
  const wanted = Buffer.from(text);
  let held: Buffer = Buffer.alloc(0);
  return {
    take(chunk: Buffer) {
      held = Buffer.concat([held, chunk]);
      for (let at = held.indexOf(wanted); at >= 0; at = held.indexOf(wanted)) {
        if (at > 0) pass(held.subarray(0, at));
        held = held.subarray(at + wanted.length);
        found();
      }
      const settled = held.length - wanted.length + 1;
      if (settled <= 0) return;
      pass(held.subarray(0, settled));
      held = held.subarray(settled);
    },
    flush() {
      if (held.length > 0) pass(held);
      held = Buffer.alloc(0);
    },
  };
}
