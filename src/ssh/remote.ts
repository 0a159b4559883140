import type { Conversation, Dialled, FreshOptions, Remote, RemoteCommand, RemoteResult } from '../remote.ts';
import { withoutSecrets } from '../sensitive.ts';
import { becomeFor, startBecoming } from './become.ts';
import { createChunkQueue } from './chunk-queue.ts';
import { formatCommandLine } from './command-line.ts';
import type { Connection } from './connection.ts';
import { type Listeners, type Program, startProgram } from './program.ts';
import type { Target } from './target.ts';

/** Gives a connection the face of a {@link Remote}; `redial` makes the further connections to the same target. */
export function createRemote(
  connection: Connection,
  target: Target,
  redial: (options: FreshOptions, signal?: AbortSignal) => Promise<Dialled>,
): Remote {
  const start = (command: RemoteCommand, take: (chunk: Buffer) => void, signal?: AbortSignal): Program => {
    const become = becomeFor(command, target);
    const line = formatCommandLine(command, become);
    const begin = (listeners: Listeners) => startProgram(connection, line, listeners, signal);
    const program =
      become?.asking === undefined || target.becomePassword === undefined
        ? begin({ stdout: take })
        : startBecoming(become.asking, target.becomePassword, begin, take);
    const stdin = become?.helper === undefined ? command.stdin : command.installed?.stdin;
    if (stdin !== undefined) program.write(stdin);
    return { ...program, done: program.done.then((end) => withoutSecretsOf(target, end)) };
  };

  return {
    async run(command: RemoteCommand, signal?: AbortSignal): Promise<RemoteResult> {
      const stdout: Buffer[] = [];
      const program = start(command, (chunk) => stdout.push(chunk), signal);
      program.end();
      const result = await program.done;
      // Decoded as a whole: a chunk may end within a character.
      return { ...result, stdout: Buffer.concat(stdout).toString('utf8') };
    },
    open(command: RemoteCommand, signal?: AbortSignal): Conversation {
      const output = createChunkQueue();
      const program = start(command, output.push, signal);
      void program.done.then(output.finish);
      return { write: program.write, end: program.end, output: output.chunks, done: program.done };
    },
    fresh: (options: FreshOptions = {}, signal?: AbortSignal) => redial(options, signal),
    close: () => connection.close(),
  };
}

/** sudo and shells tell the login's name in their complaints. */
function withoutSecretsOf({ secrets = [] }: Target, result: RemoteResult): RemoteResult {
  return secrets.length === 0 ? result : { ...result, stderr: withoutSecrets(result.stderr, secrets) };
}
