import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectGateway, rollbackTransaction } from '../../src/gateway/transaction.ts';
import { planChange } from '../../src/plan/change.ts';
import type { DesiredState } from '../../src/ruleset/model.ts';
import { tenantOf } from '../../src/ruleset/tenants.ts';
import { desiredRuleset, desiredState } from './desired.ts';
import { createSandbox, type SandboxOptions, sandboxMissing } from './sandbox.ts';
import { begin, confirmed, filter, scripts, undone } from './transactions.ts';

const corpus = join(process.env.SLUICE_CORPUS ?? '/nonexistent', 'iptables');
const missing = sandboxMissing() ?? (existsSync(corpus) ? undefined : 'SLUICE_CORPUS names no corpus');

/** Rule sets as the tools themselves leave them, one of each kind; files whose names differ only at their end are of one kind. */
const files = missing === undefined ? chosen() : [];

function chosen() {
  const of = (folder: string, part: string) =>
    readdirSync(join(corpus, folder))
      .filter((name) => name.includes(part))
      .sort()
      .slice(-1)
      .map((name) => ({ title: part, file: join(corpus, folder, name) }));
  return [
    ...of('extra-moby-golden', 'hairpin_false_inte_____________________________'),
    ...of('dumps', 'felix__fv__iptables-dump.txt'),
    ...of('dumps', 'felix__fv__cali-iptables-dump.txt'),
    ...of('dumps', 'nutratech_vps-root__etc__ufw__user.rules'),
  ];
}

const mark = '-m comment --comment "sluice:edge"';
const scopes: readonly { readonly scope: string; readonly desired: (port: number) => DesiredState }[] = [
  {
    scope: 'keep',
    desired: (port) =>
      desiredState([desiredRuleset(filter(`-A INPUT -p tcp --dport ${port} -j ACCEPT`, '-A INPUT -j LOG'))], {
        scope: { kind: 'tables', keep: ['DOCKER*', 'KUBE-*', 'cali-*', 'felix-*', 'ufw*'] },
      }),
  },
  {
    scope: 'chains',
    desired: (port) =>
      desiredState(
        [
          desiredRuleset(
            `*filter\n:EDGE-IN - [0:0]\n-A INPUT ${mark} -j EDGE-IN\n-A FORWARD ${mark} -j EDGE-IN\n-A EDGE-IN -p tcp --dport ${port} -j ACCEPT\nCOMMIT\n`,
          ),
        ],
        {
          scope: {
            kind: 'chains',
            prefix: 'EDGE-',
            mark: 'sluice:edge',
            jumps: [{ table: 'filter', chain: 'FORWARD', at: 'last' }],
          },
        },
      ),
  },
];

const gateways: readonly SandboxOptions[] = [
  { backend: 'nft', userland: 'debian' },
  { backend: 'legacy', userland: 'busybox' },
];

const pairs = gateways.flatMap((gateway) => scopes.map((one) => ({ ...gateway, ...one })));

/** Each rule set on one gateway in one scope; `SLUICE_TESTS=all` has each in both scopes on both. */
const filesOf = (turn: number) =>
  files.filter((_, index) => process.env.SLUICE_TESTS === 'all' || index % pairs.length === turn);

describe.skipIf(missing !== undefined).each(pairs.map((pair, turn) => ({ ...pair, turn })))(
  `rule sets as other tools leave them, by $scope, with $backend${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  ({ scope, desired, turn, ...options }) => {
    it.each(missing === undefined ? filesOf(turn) : [{ title: 'none', file: '' }])(
      '$title survives apply, rollback, drift check and undo',
      async ({ file }) => {
        const sandbox = await createSandbox(options);
        try {
          await sandbox.sh('iptables-restore', readFileSync(file, 'utf8'));
          const saved = async () =>
            (await sandbox.sh('iptables-save')).replace(/^#.*\n/gm, '').replace(/ \[\d+:\d+\]$/gm, '');
          const before = await saved();
          const tenants = (text: string) =>
            text
              .split('\n')
              .filter((line) =>
                scope === 'chains'
                  ? !/EDGE-IN/.test(line)
                  : /^:(\S+)/.test(line)
                    ? tenantOf(line.slice(1).split(' ')[0] ?? '') !== undefined
                    : line.split(' ').some((word) => tenantOf(word) !== undefined),
              )
              .join('\n');
          const prepared = await begin(sandbox, 't1', desired(22));
          expect(await prepared.go()).toMatchObject({ state: 'applied' });
          expect(tenants(await saved())).toBe(tenants(before));
          await rollbackTransaction(sandbox.connect(), scripts, 't1', 'told to');
          expect(await saved()).toBe(before);

          await confirmed(sandbox, 't2', desired(22));
          await confirmed(sandbox, 't3', desired(23));
          const live = await saved();
          expect(tenants(live)).toBe(tenants(before));
          const looked = await inspectGateway(sandbox.connect(), scripts, 'edge', desired(23));
          if (looked.kind !== 'inspected') throw new Error(JSON.stringify(looked));
          const { standing } = looked;
          expect(planChange({ host: 'gw', play: 'edge', standing, takeOver: false })).toMatchObject({
            kind: 'unchanged',
          });
          expect(await saved()).toBe(live);
          await undone(sandbox, 'u3', 't3');
          await undone(sandbox, 'u2', 't2');
          expect(await saved()).toBe(before);
        } finally {
          await sandbox.dispose();
        }
      },
    );
  },
);
