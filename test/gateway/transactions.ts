import { expect } from 'vitest';
import type { BeginRequest } from '../../src/gateway/commands.ts';
import { beginTransaction, confirmTransaction, type Prepared } from '../../src/gateway/transaction.ts';
import { loadGatewayScripts } from '../../src/project/scripts.ts';
import type { DesiredSet, DesiredState } from '../../src/ruleset/model.ts';
import type { Sandbox } from './sandbox.ts';

export const scripts = await loadGatewayScripts();

/** A filter table that accepts what its rules don't say. */
export function filter(...rules: string[]): string {
  return `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules.map((rule) => `${rule}\n`).join('')}COMMIT\n`;
}

/** A set of networks. */
export function set(name: string, ...elements: string[]): DesiredSet {
  return {
    name,
    create: `create ${name} hash:net`,
    members: elements.map((element) => `add ${name} ${element}`),
    keepsMembers: false,
    source: undefined,
  };
}

/** Begins a transaction, of the play `edge` unless told; without anything desired it must be an undo. */
export async function begin(
  sandbox: Sandbox,
  token: string,
  desired?: DesiredState,
  more: Partial<BeginRequest> = {},
): Promise<Prepared> {
  const prepared = await beginTransaction(sandbox.connect(), scripts, {
    token,
    play: 'edge',
    owner: 'me@here',
    confirmWithinSeconds: 60,
    ...(desired === undefined ? {} : { desired }),
    ...more,
  });
  if (prepared.kind !== 'prepared') throw new Error(JSON.stringify(prepared));
  return prepared;
}

/** Applies and confirms. */
export async function confirmed(...request: Parameters<typeof begin>): Promise<void> {
  const [sandbox, token] = request;
  const prepared = await begin(...request);
  expect(await prepared.go()).toMatchObject({ state: 'applied' });
  expect(await confirmTransaction(sandbox.connect(), scripts, token)).toMatchObject({ state: 'confirmed' });
}

/** Takes a confirmed transaction back, and confirms that. */
export function undone(sandbox: Sandbox, token: string, undoOf: string): Promise<void> {
  return confirmed(sandbox, token, undefined, { undoOf });
}

/** What a gateway that systemd starts has for `/sbin/init`. */
export const systemdInit = 'touch /usr/sbin/systemd; ln -s systemd /usr/sbin/init';

/** A `/usr/sbin` of the sandbox's own, so that tests can replace what is in it. */
export async function ownTools(sandbox: Sandbox): Promise<void> {
  await sandbox.sh(
    'mkdir /run/sbin && cp -a /usr/sbin/*tables* /usr/sbin/ipset /usr/sbin/conntrack /run/sbin/ && mount --bind /run/sbin /usr/sbin',
  );
}
