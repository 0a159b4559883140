import type { Conversation, Dialled, FreshOptions, Remote, RemoteCommand, RemoteResult } from '../remote.ts';
import { createChunkQueue } from './chunk-queue.ts';
import { formatCommandLine } from './command-line.ts';
import type { Connection } from './connection.ts';
import { startProgram } from './program.ts';
import type { Target } from './target.ts';

/** Gives a connection the face of a {@link Remote}; `redial` makes the further connections to the same target. */
export function createRemote(
  connection: Connection,
  target: Target,
  redial: (options: FreshOptions, signal?: AbortSignal) => Promise<Dialled>,
): Remote {
  const lineOf = (command: RemoteCommand) =>
    formatCommandLine(command, command.become === true && target.become && target.user !== 'root');

  return {
    async run(command: RemoteCommand, signal?: AbortSignal): Promise<RemoteResult> {
      const stdout: Buffer[] = [];
      const program = startProgram(connection, lineOf(command), (chunk) => stdout.push(chunk), signal);
      if (command.stdin !== undefined) program.write(command.stdin);
      program.end();
      const result = await program.done;
      // Decoded as a whole: a chunk may end within a character.
      return { ...result, stdout: Buffer.concat(stdout).toString('utf8') };
    },
    open(command: RemoteCommand, signal?: AbortSignal): Conversation {
      const output = createChunkQueue();
      const program = startProgram(connection, lineOf(command), output.push, signal);
      if (command.stdin !== undefined) program.write(command.stdin);
      void program.done.then(output.finish);
      return { write: program.write, end: program.end, output: output.chunks, done: program.done };
    },
    fresh: (options: FreshOptions = {}, signal?: AbortSignal) => redial(options, signal),
    close: () => connection.close(),
  };
}
