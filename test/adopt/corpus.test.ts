import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import { withoutForeign } from '../../src/adopt/foreign.ts';
import type { Table } from '../../src/adopt/model.ts';
import { isPristine, readTables } from '../../src/adopt/tables.ts';
import { inventoryOf } from '../playbook/fleet.ts';
import { liveHost, renderAdopted, tablesOf } from './fleet.ts';

const folder = join(process.env.SLUICE_CORPUS ?? '', 'iptables', 'canonical');

/** Real rule sets, as a kernel prints them; `SLUICE_TESTS=all` takes every one, as one fleet. */
describe.skipIf(!existsSync(folder)).each(['nft', 'legacy'])('the saves of the corpus, by %s', (backend) => {
  const every = process.env.SLUICE_TESTS === 'all' ? 1 : 6;
  const saves = existsSync(folder)
    ? readdirSync(join(folder, backend))
        .filter((_, number) => number % every === 0)
        .map((file, number) => {
          const text = readFileSync(join(folder, backend, file), 'utf8');
          return { file, host: `gw${number}`, text, family: familyOf(text) };
        })
    : [];

  it('are adopted, and render to what was found', () => {
    const inventory = inventoryOf({ gateways: Object.fromEntries(saves.map(({ host }) => [host, {}])) });
    const live = saves.map(({ host, family, text }) => liveHost(host, { [family]: text }));
    const adoption = adopt(live, inventory, 'adopted');
    const rendered = renderAdopted(adoption, inventory);
    expect(adoption.hosts.filter(({ kind }) => kind === 'refused')).toEqual([]);
    for (const { host, text, family } of saves) {
      const found = readTables(text, family).tables.map((table) => withoutForeign(table).table);
      const wanted = found.filter((table) => !isPristine(table));
      expect(byName(tablesOf(rendered.get(host)?.rulesets ?? []))).toEqual(byName(wanted));
    }
  });
});

/** Tables of a save, however it orders them. */
function byName(tables: readonly Table[]): readonly Table[] {
  return tables.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A save doesn't say which family it is of. */
function familyOf(text: string): 'ipv4' | 'ipv6' {
  const isIpv6 =
    /^-A .*(ipv6-icmp|icmp6| -[sd] [0-9a-f]*:|--to-(source|destination) \[|-j HL|-m (hl|ipv6header|rt|eui64))/m;
  return isIpv6.test(text) ? 'ipv6' : 'ipv4';
}
