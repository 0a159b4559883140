import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recallPlays } from '../../src/gateway/recall.ts';
import type { DesiredState } from '../../src/ruleset/model.ts';
import { createSandbox, oneOrBoth, type Sandbox, sandboxMissing } from './sandbox.ts';
import { begin, confirmed, filter, scripts, set, undone } from './transactions.ts';

const [A, B, C] = ['20261121T010000Z-aa', '20261121T020000Z-bb', '20261121T030000Z-cc'];

function state(mark: string, more: Partial<DesiredState> = {}): DesiredState {
  const text = filter(`-A INPUT -m comment --comment ${mark}`);
  return {
    rulesets: [{ family: 'ipv4', text, tables: ['filter'], sources: [] }],
    sets: [],
    sysctls: [],
    persist: false,
    conntrack: 'leave',
    ...more,
  };
}

const wholly: DesiredState = state('a', {
  sets: [set('first', '192.0.2.0/24', '198.51.100.0/24'), { ...set('second'), keepsMembers: true }],
  sysctls: [{ key: 'net.ipv4.ip_local_port_range', value: '32768 60999' }],
  conntrack: 'flush_removed',
  scope: { kind: 'tables', keep: ['f2b-*', 'DOCKER'] },
});

describe.skipIf(sandboxMissing() !== undefined).each(oneOrBoth)(
  'what a play wanted once, $backend, $userland',
  (options) => {
    let sandbox: Sandbox;
    beforeAll(async () => {
      sandbox = await createSandbox(options);
      await confirmed(sandbox, `${A}.p0.h0.a1`, wholly);
      // What this one drops is only reset: it is not its own.
      const mangle = '*mangle\n-A FORWARD -j ACCEPT\nCOMMIT\n';
      const two = state('b');
      const [rules] = two.rulesets;
      await confirmed(sandbox, `${B}.p0.h0.a1`, {
        ...two,
        rulesets: [
          { family: 'ipv4', text: `${mangle}${rules?.text}`, tables: ['mangle', 'filter'], sources: [] },
        ],
      });
      await confirmed(sandbox, `${C}.p0.h0.a1`, state('c'));
      await confirmed(sandbox, `${C}.p0.h0.a2`, state('d'));
      await undone(sandbox, `${C}.p0.h0.a2.undo`, `${C}.p0.h0.a2`);
    });
    afterAll(() => sandbox.dispose());

    const asked = async (run: string) => {
      const answer = await recallPlays(sandbox.connect(), scripts, run);
      if (answer.kind !== 'recalled') throw new Error(JSON.stringify(answer));
      return answer.plays;
    };

    test('comes back as it was sent, sets, sysctls and options with it', async () => {
      expect(await asked(A)).toEqual([
        { kind: 'held', play: 'edge', token: `${A}.p0.h0.a1`, desired: wholly, confirmWithinSeconds: 60 },
      ]);
    });

    test.each([
      ['of a run in between', '20261121T025959Z-zz', `${B}.p0.h0.a1`, ['mangle', 'filter']],
      ['of a run whose last change was taken back', C, `${C}.p0.h0.a1`, ['filter']],
    ])('%s', async (_, run, token, tables) => {
      const [held] = await asked(run);
      expect(held).toMatchObject({ kind: 'held', token });
      expect(held?.kind === 'held' && held.desired.rulesets.map((one) => one.tables)).toEqual([tables]);
    });

    test('before the first there was nothing, and what is gone is named', async () => {
      expect(await asked('20261120T000000Z-00')).toEqual([{ kind: 'nothing', play: 'edge' }]);
      await sandbox.sh(`rm -rf /var/lib/sluice/tx/${A}.p0.h0.a1`);
      expect(await asked(A)).toEqual([{ kind: 'gone', play: 'edge', token: `${A}.p0.h0.a1` }]);
    });

    test('is asked for without a lock', async () => {
      const prepared = await begin(sandbox, `${C}.p0.h0.a9`, state('e'));
      expect(await asked(C)).toMatchObject([{ token: `${C}.p0.h0.a1` }]);
      await prepared.release();
    });
  },
);
