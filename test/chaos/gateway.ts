import { readdirSync } from 'node:fs';
import type { Backend } from '../../src/lab/etc.ts';
import { listOrEmpty, readOrEmpty } from '../../src/lab/proc.ts';
import { runProgram } from '../../src/lab/program.ts';

/** A gateway that faults are injected into: one of the lab, or a booted machine. */
export type ChaosGateway = {
  readonly name: string;
  readonly address: string;
  readonly address6: string;
  readonly backend: Backend;
  /** Its first process, as this machine sees it. */
  readonly pid: number;
  /** What a command line inside it begins with. */
  readonly prefix: readonly string[];
  /** The argv that runs a program on the far side of its cable, where packets can be lost; the cable is `port`. */
  readonly fabric: readonly string[];
  readonly port: string;
  /** The argv that runs a program at the controller. */
  readonly controller: readonly string[];
  /** Is init a systemd, so that runner and guard are units? */
  readonly isBooted: boolean;
  /** Starts its sshd again where that is dead. */
  readonly startSshd: string;
  /** All that runs is gone at once, and what is in memory; then it comes up again, with another boot id. */
  reboot(): Promise<void>;
};

/** Runs sh text inside; rejects when it fails. */
export async function inside(gateway: ChaosGateway, text: string, stdin?: string): Promise<string> {
  return must([...gateway.prefix, '/bin/sh', '-c', text], stdin);
}

/** Runs sh text inside, whatever comes of it. */
export async function tryInside(gateway: ChaosGateway, text: string): Promise<void> {
  await runProgram([...gateway.prefix, '/bin/sh', '-c', text]);
}

export async function must(argv: readonly string[], stdin?: string): Promise<string> {
  const { code, stdout, stderr } = await runProgram(argv, stdin === undefined ? {} : { stdin });
  if (code !== 0) throw new Error(`${argv.join(' ').slice(0, 400)}: ${code}: ${stderr}${stdout}`);
  return stdout;
}

/** A file of the gateway, as this machine reaches it. */
export function fileOf({ pid }: ChaosGateway, path: string): string {
  return `/proc/${pid}/root${path}`;
}

/** A transaction as its folder tells of it. */
export type Transaction = {
  readonly token: string;
  readonly state: string;
  readonly deadlineCs: number | undefined;
};

const TX = '/var/lib/sluice/tx';

/** All transactions, in the order in which they began. */
export function transactionsOf(gateway: ChaosGateway): readonly Transaction[] {
  const folder = fileOf(gateway, TX);
  return listOrEmpty(folder)
    .filter((token) => listOrEmpty(`${folder}/${token}`).length > 0)
    .map((token) => {
      const deadline = Number.parseInt(readOrEmpty(`${folder}/${token}/deadline`), 10);
      const state = stateIn(`${folder}/${token}`);
      return { token, state, deadlineCs: Number.isNaN(deadline) ? undefined : deadline };
    })
    .sort((a, b) => (a.token < b.token ? -1 : 1));
}

/** The state of the newest transaction that isn't known; undefined where there is none. Cheap enough to ask all the time. */
export function newestState(gateway: ChaosGateway, known: ReadonlySet<string>): string | undefined {
  const folder = fileOf(gateway, TX);
  const token = listOrEmpty(folder)
    .filter((one) => !known.has(one))
    .sort()
    .at(-1);
  return token === undefined ? undefined : stateIn(`${folder}/${token}`);
}

function stateIn(folder: string): string {
  for (let tries = 0; tries < 5; tries++) {
    try {
      const found = readdirSync(folder).find((name) => name.startsWith('state.'));
      if (found !== undefined) return found.slice('state.'.length);
    } catch {
      return 'gone';
    }
  }
  return 'none';
}

const FINAL = [
  'confirmed',
  'persist_failed',
  'rolled_back',
  'rollback_failed',
  'cancelled',
  'lost_reboot',
  'gone',
];

export function isFinal(state: string): boolean {
  return FINAL.includes(state);
}

/** Of this machine, and all its namespaces. */
export function uptimeCs(): number {
  return Math.round(Number.parseFloat(readOrEmpty('/proc/uptime')) * 100);
}
