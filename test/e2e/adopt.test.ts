import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import { allRules, createFleet, eventsOf, type Fleet, recapOf } from './fleet.ts';

/** As somebody has written it by hand, in the words that people use. */
const BY_HAND = [
  `*nat
-A POSTROUTING -s 10.0.0.0/8 -o lan -j MASQUERADE
-A PREROUTING -p tcp --dport 8080 -m statistic --mode random --probability .333 -j DNAT --to 10.65.255.1:80
COMMIT
*filter
:INPUT DROP [0:0]
:web - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp --dport ssh -m recent --set --name ssh
-A INPUT -p tcp -m multiport --dports http,https -j web
-A web -m limit --limit 5/min -j LOG --log-prefix "web: "
-A web -m comment --comment "it's \\"open\\"" -j ACCEPT
COMMIT
`,
  `*mangle
-A FORWARD -p tcp --syn -j TCPMSS --clamp-mss-to-pmtu
COMMIT
*filter
:INPUT DROP [0:0]
:web - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -p udp --sport 53 ! -s 192.0.2.0/24 -j REJECT
-A INPUT -p tcp -m multiport --dports http,https -j web
-A web -m limit --limit 5/min -j LOG --log-prefix "web: "
-A web -m comment --comment "it's \\"open\\"" -j ACCEPT
COMMIT
`,
] as const;

const corpus = join(process.env.SLUICE_CORPUS ?? '', 'iptables', 'canonical');

/** Real ones of middling size, which need nothing beside them; where no corpus is, those above. */
function rulesFor(backend: 'nft' | 'legacy', number: 0 | 1): string {
  if (!existsSync(corpus)) return BY_HAND[number];
  const saves = readdirSync(join(corpus, backend)).map((file) =>
    readFileSync(join(corpus, backend, file), 'utf8'),
  );
  const fit = saves.filter((text) => {
    const rules = text.match(/^-A /gm)?.length ?? 0;
    return (
      rules > 20 &&
      rules < 60 &&
      !/--match-set|-j SET|:[0-9a-f]*:|ipv6/.test(text) &&
      text.includes('*filter')
    );
  });
  return fit[number * 5] ?? expect.fail('the corpus has no such rule set');
}

await describeWithLab('gateways are adopted, end to end', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(2);
    for (const [name, text] of [
      ['gw1', rulesFor('nft', 0)],
      ['gw2', rulesFor('legacy', 1)],
    ] as const) {
      // Whatever they say, somebody has to get in.
      const letIn = 'iptables -I INPUT -p tcp --dport 22 -j ACCEPT';
      await fleet.sh(name, `iptables-restore <<'END' && ${letIn}\n${text}END\n`);
    }
  });
  afterAll(() => fleet.down());

  const sluice = (...words: readonly string[]) => fleet.sluice(words).ended;

  test('what runs becomes files, under which an apply changes no rule', async () => {
    const before = await allRules(fleet);
    expect(await sluice('adopt', 'gateways')).toMatchObject({ code: 0, stderr: '' });
    const plan = () => sluice('plan', 'playbooks/adopted.yml', '--detailed-exitcode');
    expect(await plan()).toMatchObject({ code: 0, stdout: expect.stringContaining('2 gateways in line') });
    expect(await allRules(fleet)).toEqual(before);

    const apply = await sluice('apply', 'playbooks/adopted.yml', '--json');
    expect(apply).toMatchObject({ code: 0, stderr: '' });
    expect(
      eventsOf(apply, 'host.planned').map(({ host, added, removed, moved }) => ({
        host,
        added,
        removed,
        moved,
      })),
    ).toEqual(['gw1', 'gw2'].map((host) => ({ host, added: 0, removed: 0, moved: 0 })));
    expect(recapOf(apply)).toEqual({ gw1: 'changed', gw2: 'changed' });
    expect(await allRules(fleet)).toEqual(before);

    expect(await plan()).toMatchObject({ code: 0 });
  });
});
