import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import type { Table } from '../../src/adopt/model.ts';
import { readTables } from '../../src/adopt/tables.ts';
import { inventoryOf } from '../playbook/fleet.ts';
import { liveHost, renderAdopted, tablesOf } from './fleet.ts';

const folder = join(process.env.SLUICE_CORPUS ?? '', 'iptables', 'canonical');

/** Real rule sets, as a kernel prints them. */
describe.skipIf(!existsSync(folder)).each(['nft', 'legacy'])('the saves of the corpus, by %s', (backend) => {
  const saves = existsSync(folder)
    ? readdirSync(join(folder, backend)).map((file, number) => {
        const text = readFileSync(join(folder, backend, file), 'utf8');
        return { file, host: `gw${number}`, text, family: familyOf(text) };
      })
    : [];
  const inventory = inventoryOf({ gateways: Object.fromEntries(saves.map(({ host }) => [host, {}])) });
  const live = saves.map(({ host, family, text }) => liveHost(host, { [family]: text }));

  it('are adopted, and render to what was found', () => {
    const adoption = adopt(live, inventory, 'adopted');
    const rendered = renderAdopted(adoption, inventory);
    for (const { host, text, family } of saves) {
      const one = adoption.hosts.find((candidate) => candidate.host === host);
      if (one?.kind === 'adopted')
        expect(byName(tablesOf(rendered.get(host)?.rulesets ?? []))).toEqual(
          byName(readTables(text, family).tables),
        );
    }
  });
});

/** Tables of a save, however it orders them. */
function byName(tables: readonly Table[]): readonly Table[] {
  return tables.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A save doesn't say which family it is of. */
function familyOf(text: string): 'ipv4' | 'ipv6' {
  return /^-A .*(-p ipv6-icmp|icmp6|icmpv6| -[sd] [0-9a-f]*:|hbh|--to-(source|destination) \[|-j (HL|SNPT|DNPT)|-m (hl|frag|ipv6header|rt|dst|mh|eui64|srh))/m.test(
    text,
  )
    ? 'ipv6'
    : 'ipv4';
}
