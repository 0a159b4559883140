import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Event } from '../../src/rollout/events.ts';
import { SLUICE } from '../e2e/fleet.ts';
import { signal } from './processes.ts';

/** A sluice that runs at the controller, or has run. */
export type Controller = {
  readonly events: readonly Event[];
  /** Calls back on each event, those that came before included. */
  onEvent(listen: (event: Event) => void): void;
  signal(name: NodeJS.Signals): boolean;
  readonly ended: Promise<EndedController>;
  isOver(): boolean;
};

export type EndedController = {
  /** Undefined when it was killed. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
};

/** Starts sluice in a folder of its own, at the controller. */
export function startController(
  prefix: readonly string[],
  words: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Controller {
  const [file = '', ...args] = [...prefix, process.execPath, SLUICE, ...words];
  const child = spawn(file, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, TZ: 'UTC', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const events: Event[] = [];
  const listeners = new Set<(event: Event) => void>();
  let stdout = '';
  let stderr = '';
  let isOver = false;
  createInterface(child.stdout).on('line', (line) => {
    stdout += `${line}\n`;
    if (!line.startsWith('{')) return;
    const event: Event = JSON.parse(line);
    events.push(event);
    for (const listen of listeners) listen(event);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<EndedController>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      isOver = true;
      resolve({ code: code ?? undefined, stdout, stderr });
    });
  });
  return {
    events,
    ended,
    isOver: () => isOver,
    signal: (name) => child.pid !== undefined && !isOver && signal(child.pid, name),
    onEvent: (listen) => {
      for (const event of events) listen(event);
      listeners.add(listen);
    },
  };
}
