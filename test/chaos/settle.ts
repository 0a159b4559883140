import { existsSync } from 'node:fs';
import { beginTransaction } from '../../src/gateway/transaction.ts';
import { readOrEmpty } from '../../src/lab/proc.ts';
import { loadGatewayScripts } from '../../src/project/scripts.ts';
import type { DesiredRuleset } from '../../src/ruleset/model.ts';
import { LocalRemote } from '../local-remote.ts';
import { CHANGES } from './changes.ts';
import {
  type ChaosGateway,
  fileOf,
  inside,
  isFinal,
  type Transaction,
  transactionsOf,
  uptimeCs,
} from './gateway.ts';
import { isSluice, type Process, processesBelow, signal } from './processes.ts';
import { pause, poll, type Stage } from './stage.ts';

const scripts = await loadGatewayScripts();

/** What a gateway at rest runs. */
const AT_REST = /\[listener\]|^sleep 3600$/;

/** Has every deadline passed, by this much? Where nothing is armed, nothing is waited for. */
export function isPast(gateway: ChaosGateway, marginCs: number): boolean {
  return transactionsOf(gateway).every(({ state, deadlineCs }) => {
    return isFinal(state) || deadlineCs === undefined || uptimeCs() > deadlineCs + marginCs;
  });
}

/**
 * Waits until a gateway, healed and left alone, has come to rest by itself; where neither runner nor guard is alive to
 * see to it, asks as somebody would.
 *
 * @returns what shouldn't be so.
 */
export async function settle(stage: Stage): Promise<readonly string[]> {
  const { gateway, note } = stage;
  const problems: string[] = [];
  const isQuiet = () => (programsOf(gateway).length === 0 ? true : undefined);
  // A rollback may take ten minutes by design; with everything healed none does.
  if ((await poll(isQuiet, 45_000, 50)) === undefined) {
    const left = programsOf(gateway);
    const held = left.filter((one) => one.argv.includes('runner') || one.argv.includes('guard'));
    if (held.length > 0) problems.push(`still running 45 s after the end: ${wordsOf(left)}`);
    // A session whose far end vanished: nothing tells it, as sshd asks nobody by default.
    note(`lingering: ${wordsOf(left)}`);
  }
  for (const { pid } of programsOf(gateway)) signal(pid, 'SIGKILL');
  await poll(isQuiet, 5000, 20);

  const isOpen = ({ state }: Transaction) => !isFinal(state) && state !== 'none';
  if (gateway.isBooted) problems.push(...(await awaitTimer(stage, isOpen)));
  for (const { token, state } of transactionsOf(gateway).filter(isOpen)) {
    note(`${token} is ${state} with nobody alive: ${stage.scenario.asks}`);
    await ask(stage, token, state);
  }
  if (existsSync(fileOf(gateway, '/var/lib/sluice/lock'))) {
    if (shouldBeFree(stage)) problems.push('the lock is left behind, though its runner or guard lived');
    note('the lock is there with nobody alive: next run');
    await askNextRun(stage);
  }
  for (const { token, state } of transactionsOf(gateway)) {
    if (!isFinal(state) && state !== 'none')
      problems.push(`transaction ${token} stays ${state}, though somebody asked`);
  }
  if (existsSync(fileOf(gateway, '/var/lib/sluice/lock')))
    problems.push('the lock is left behind, also by the next run');
  return problems;
}

/** A systemd asks by itself, from 30 s past the deadline on, for every transaction that was armed. */
async function awaitTimer(
  { gateway, note }: Stage,
  isOpen: (transaction: Transaction) => boolean,
): Promise<readonly string[]> {
  const left = () => {
    return transactionsOf(gateway).filter((one) => {
      return isOpen(one) && existsSync(fileOf(gateway, `/var/lib/sluice/tx/${one.token}/late`));
    });
  };
  const before = left();
  for (const { token, state } of before) note(`${token} is ${state} with nobody alive: the timer's`);
  await poll(() => (left().length === 0 ? true : undefined), 180_000, 200);
  return left().map(({ token, state }) => `the timer left ${token} ${state}`);
}

/** Once armed, runner and guard see to the lock: unless both were killed, or a reboot took them. */
function shouldBeFree({ gateway, seen }: Stage): boolean {
  const record = readOrEmpty(fileOf(gateway, '/var/lib/sluice/lock'));
  const token = /^token=(.*)$/m.exec(record)?.[1];
  const holder = transactionsOf(gateway).find((one) => one.token === token);
  const isBothKilled = seen.killed.has('runner') && seen.killed.has('guard');
  const log = readOrEmpty(fileOf(gateway, `/var/lib/sluice/tx/${token}/log`));
  return (
    holder !== undefined &&
    log.includes('armed -> ') &&
    isFinal(holder.state) &&
    !seen.isRebooted &&
    !isBothKilled &&
    !seen.isReadOnly
  );
}

/** Sessions and all that they have started there; of a booted machine's many services, none of ours. */
function programsOf({ pid, isBooted }: ChaosGateway): readonly Process[] {
  return processesBelow(pid).filter((one) => {
    const words = one.argv.join(' ');
    return isBooted ? isSluice(one) || /^sshd: (?!.*\[listener\])/.test(words) : !AT_REST.test(words);
  });
}

export function leftOver(gateway: ChaosGateway): readonly string[] {
  const left = programsOf(gateway).filter(isSluice);
  return left.length === 0 ? [] : [`left behind: ${wordsOf(left)}`];
}

function wordsOf(processes: readonly Process[]): string {
  return processes.map(({ argv }) => argv.join(' ').slice(0, 160)).join(' | ');
}

async function ask(stage: Stage, token: string, state: string): Promise<void> {
  const { gateway, note, scenario } = stage;
  const program = `/var/lib/sluice/tx/${token}/sluice.sh`;
  // A prepared transaction has no deadline: only who wants the lock ends it.
  if (scenario.asks === 'next run' || state === 'prepared' || state === 'armed') return askNextRun(stage);
  if (scenario.asks === 'status') {
    await poll(() => (isPast(gateway, 1050) ? true : undefined), 60_000, 100);
    note(await inside(gateway, `sh ${program} '' status ${token}`));
  } else note(await inside(gateway, `sh ${program} '' rollback ${token} 'from the console'`));
}

/** What a next run does before anything else; it changes nothing itself. */
async function askNextRun({ gateway, note }: Stage): Promise<void> {
  const until = performance.now() + 30_000;
  for (let tries = 1; ; tries++) {
    const remote = new LocalRemote({ prefix: gateway.prefix });
    const request = {
      token: `next-${tries}-${uptimeCs()}`,
      play: 'edge',
      owner: 'chaos@harness',
      confirmWithinSeconds: 10,
    };
    const rulesets: DesiredRuleset[] = (['ipv4', 'ipv6'] as const).map((family) => {
      return { family, text: CHANGES.small.text(family, 'next'), tables: ['filter'], sources: [] };
    });
    const begun = await beginTransaction(remote, scripts, {
      ...request,
      desired: { rulesets, sets: [], sysctls: [], persist: true, conntrack: 'leave' },
    });
    if (begun.kind === 'prepared') {
      await begun.release();
      remote.close();
      return;
    }
    const words = JSON.stringify(begun);
    remote.close();
    if (performance.now() > until || !words.includes('"locked"'))
      return note(`the next run was refused: ${words}`);
    await pause(500);
  }
}
