import { describe, expect, it, type TestContext } from 'vitest';
import { surveyGateway } from '../../src/gateway/survey.ts';
import { desiredRuleset, desiredState } from './desired.ts';
import { createSandbox, oneOrBoth, type Sandbox, sandboxMissing } from './sandbox.ts';
import { confirmed, filter, ownTools, scripts } from './transactions.ts';

const missing = sandboxMissing();

describe.skipIf(missing !== undefined).concurrent.each(oneOrBoth)(
  `a survey with $backend and $userland${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  (options) => {
    async function gateway({ onTestFinished }: TestContext): Promise<Sandbox> {
      const sandbox = await createSandbox(options);
      onTestFinished(() => sandbox.dispose());
      await ownTools(sandbox);
      return sandbox;
    }

    it('answers all that is there, and leaves it as it was', async (context) => {
      const sandbox = await gateway(context);
      await sandbox.sh(
        'ipset create admins hash:net comment && ipset add admins 192.0.2.0/24 comment "two  blanks"' +
          ' && ipset create seen hash:ip timeout 300 && ipset add seen 192.0.2.1' +
          ' && iptables -A INPUT -m set --match-set admins src -j ACCEPT && ip6tables -t mangle -P OUTPUT DROP',
      );
      const look = 'iptables-save; ip6tables-save; ipset list -t; ls -A /var/lib /tmp';
      const withoutDates = (text: string) => text.replace(/^#.*\n/gm, '');
      const before = withoutDates(await sandbox.sh(look));
      const surveyed = await surveyGateway(sandbox.connect(), scripts);
      expect(surveyed).toMatchObject({
        kind: 'surveyed',
        saves: {
          ipv4: expect.stringContaining('-A INPUT -m set --match-set admins src -j ACCEPT\n'),
          ipv6: expect.stringContaining(':OUTPUT DROP ['),
        },
        sets:
          'create admins hash:net family inet maxelem 65536 comment\nadd admins 192.0.2.0/24 comment "two  blanks"\n' +
          'create seen hash:ip family inet maxelem 65536 timeout 300\nadd seen 192.0.2.1\n',
        owners: [],
      });
      expect(withoutDates(await sandbox.sh(look))).toBe(before);
    });

    it('says what plays own, and refuses rules of both backends', async (context) => {
      const sandbox = await gateway(context);
      const rules = desiredRuleset(filter('-A INPUT -p tcp --dport 22 -j ACCEPT'));
      await confirmed(sandbox, 't1', desiredState([rules]));
      expect(await surveyGateway(sandbox.connect(), scripts)).toMatchObject({
        kind: 'surveyed',
        owners: [{ play: 'edge', family: 'ipv4', table: 'filter' }],
      });
      const other = options.backend === 'nft' ? 'legacy' : 'nft';
      await sandbox.sh(`iptables-${other} -A INPUT -j ACCEPT`);
      expect(await surveyGateway(sandbox.connect(), scripts)).toMatchObject({
        kind: 'refused',
        refusals: [{ code: 'backend-mix' }],
      });
    });
  },
);
