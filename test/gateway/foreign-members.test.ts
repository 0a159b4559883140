import { describe, expect, it, type TestContext } from 'vitest';
import { rollbackTransaction } from '../../src/gateway/transaction.ts';
import { desiredRuleset, desiredState } from './desired.ts';
import { createSandbox, oneOrBoth, type Sandbox, sandboxMissing } from './sandbox.ts';
import { begin, confirmed, filter, scripts, set, undone } from './transactions.ts';

const missing = sandboxMissing();
const open = desiredRuleset(filter('-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT'));
const banned = (...elements: string[]) => ({
  ...set('banned', ...elements),
  create: 'create banned hash:ip',
  keepsMembers: true,
});

describe.skipIf(missing !== undefined).concurrent.each(oneOrBoth)(
  `sets that others change meanwhile, with $backend and $userland${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  (options) => {
    async function gateway({ onTestFinished }: TestContext): Promise<Sandbox> {
      const sandbox = await createSandbox(options);
      onTestFinished(() => sandbox.dispose());
      return sandbox;
    }
    const members = (sandbox: Sandbox) =>
      sandbox.sh('ipset save | sed -n "s/^add //p" | cut -d " " -f 1,2 | sort | tr "\\n" ";"');

    it('a member that was there already is not taken off, however the play spells it', async (context) => {
      const sandbox = await gateway(context);
      await sandbox.sh('ipset create banned hash:ip; ipset add banned 192.0.2.1');
      const prepared = await begin(
        sandbox,
        't1',
        desiredState([open], { sets: [banned('192.0.2.1/32', '192.0.2.4/31')] }),
      );
      await prepared.go();
      expect(await members(sandbox)).toBe('banned 192.0.2.1;banned 192.0.2.4;banned 192.0.2.5;');
      await rollbackTransaction(sandbox.connect(), scripts, 't1', 'told to');
      expect(await members(sandbox)).toBe('banned 192.0.2.1;');
    });

    it('an undo takes off what its transaction added, and brings back no ban that was lifted since', async (context) => {
      const sandbox = await gateway(context);
      await confirmed(sandbox, 't1', desiredState([open], { sets: [banned('192.0.2.1')] }));
      await sandbox.sh('ipset add banned 192.0.2.66');
      await confirmed(sandbox, 't2', desiredState([open], { sets: [banned('192.0.2.1', '192.0.2.8/31')] }));
      await sandbox.sh('ipset del banned 192.0.2.66');
      await undone(sandbox, 'u2', 't2');
      expect(await members(sandbox)).toBe('banned 192.0.2.1;');
    });

    it('a set that the change leaves alone goes back, too, when others changed it during the trial', async (context) => {
      const sandbox = await gateway(context);
      const sets = [set('blocked', '10.0.0.0/8', '192.0.2.0/24')];
      await confirmed(sandbox, 't1', desiredState([open], { sets }));
      const other = desiredRuleset(filter('-A INPUT -p udp -j DROP'));
      await (await begin(sandbox, 't2', desiredState([other], { sets }))).go();
      await sandbox.sh('ipset add blocked 198.51.100.0/24; ipset del blocked 10.0.0.0/8');
      expect(await rollbackTransaction(sandbox.connect(), scripts, 't2', 'told to')).toMatchObject({
        state: 'rolled_back',
      });
      expect(await members(sandbox)).toBe('blocked 10.0.0.0/8;blocked 192.0.2.0/24;');
    });

    it('a list goes together with the sets that it has as members', async (context) => {
      const sandbox = await gateway(context);
      const list = (...elements: string[]) => ({
        ...set('all', ...elements),
        create: 'create all list:set',
      });
      const [web, mail] = [set('web', '10.0.0.0/8'), set('mail', '192.0.2.0/24')];
      await confirmed(sandbox, 't1', desiredState([open], { sets: [web, mail, list('web', 'mail')] }));
      await confirmed(sandbox, 't2', desiredState([open], { sets: [web, list('web')] }));
      expect(await sandbox.sh('ipset list -n | sort')).toBe('all\nweb\n');
      await confirmed(sandbox, 't3', desiredState([open]));
      expect(await sandbox.sh('ipset list -n')).toBe('');
    });
  },
);
