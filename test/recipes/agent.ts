import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Lab } from '../../src/lab/lab.ts';

/** What became of one connection, or of one question over UDP. */
export type Outcome =
  /** `by` is the name of who answered; `source` the address that it was asked from, as it saw it. */
  | { readonly end: 'answered'; readonly by: string; readonly source: string }
  /** Open, and kept so. */
  | { readonly end: 'held' }
  /** A reset, or an ICMP error that a connection takes for one. */
  | { readonly end: 'refused' }
  /** No answer of any kind within the patience. */
  | { readonly end: 'filtered' }
  /** Open, and then no answer. */
  | { readonly end: 'silent' }
  | { readonly end: 'unreachable' | 'broken'; readonly code: string };

export type Agent = {
  run(verb: 'connect' | 'listen' | 'release', command: object): Promise<unknown>;
  stop(): void;
};

/** Starts the process that makes and answers connections at a place of the lab. */
export function startAgent(lab: Lab, place: string, name = place): Agent {
  const script = fileURLToPath(new URL('agent.mjs', import.meta.url));
  const [file = '', ...args] = lab.command(place, [process.execPath, script, name]);
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map<
    number,
    { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }
  >();
  let last = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, result, error } = JSON.parse(line);
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(`${place}: ${error}`));
    waiting.delete(id);
  });
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`the agent at ${place} has ended`));
  });
  return {
    run: (verb, command) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve, reject });
        child.stdin.write(`${JSON.stringify({ id: last, verb, ...command })}\n`);
      }),
    stop: () => child.stdin.end(),
  };
}
