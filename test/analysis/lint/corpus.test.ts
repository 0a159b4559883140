import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lintFile } from '../../../src/analysis/lint/file.ts';

const corpus = process.env.SLUICE_CORPUS ?? '';
const isThere = corpus !== '' && existsSync(join(corpus, 'manifest-iptables.jsonl'));
const title = isThere ? 'the corpus' : 'the corpus (SKIPPED: SLUICE_CORPUS names no corpus)';

type Row = { readonly file: string; readonly family: number };

const rows = (): readonly Row[] =>
  readFileSync(join(corpus, 'manifest-iptables.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ file }) => existsSync(join(corpus, file)));

const lintOf = ({ file, family }: Row) =>
  lintFile(readFileSync(join(corpus, file), 'utf8'), file, family === 6 ? 'ipv6' : 'ipv4');

/** Findings by id, of dumps that were read by hand; the beginning of a name stands for the file. */
const READ: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  Faqterson_Asterisk__etc__sysconfig__iptables: { F7: 2 },
  'a-abella_centos-server__etc__sysconfig__iptables': { F7: 1 },
  batfish_batfish__networks__example__candidate__iptables__host1: { F2: 1 },
  'batfish_batfish__tests__parsing-errors-tests__networks__invalid-iptables__iptables__host1': {},
  bokhanych_newforwarder__rules: { N1: 2 },
  firehol_firehol__tests__firehol__basics__router: {},
  'firehol_firehol__tests__firehol__cmdline__panic-test': { F9: 1 },
  FlorinAndrei_router__etc__iptables__rules: {},
  KabaOS_KabaOS__config__iptables: {},
  'tj90241_rcc-dff-2220__etc__iptables': { N1: 1 },
  'strongswan_5.9.8-5_deb12u5__testing__tests__tnc__tnccs-20-ev-pt-tls__hosts__alice': { F5: 1 },
  'shorewall_5.2.8-2__shorewall__examples__three-interfaces': {},
};

describe.skipIf(!isThere)(title, () => {
  test('every file is read, with findings in few of them: nobody publishes rules full of mistakes', () => {
    const results = rows().map((row) => ({ row, result: lintOf(row) }));
    expect(results.length).toBeGreaterThan(300);
    const unknown = results.filter(({ result }) => result.kind !== 'rules').map(({ row }) => row.file);
    expect(unknown).toEqual([]);
    const noisy = results.filter(({ result }) => result.findings.length > 0);
    expect(noisy.length / results.length).toBeLessThan(0.06);
  });

  test.each(Object.entries(READ))('%s', (name, counts) => {
    const found = rows().filter(({ file }) => file.startsWith(`iptables/dumps/${name}`));
    expect(found).not.toEqual([]);
    for (const row of found) {
      const ids: Record<string, number> = {};
      for (const { id } of lintOf(row).findings) ids[id] = (ids[id] ?? 0) + 1;
      expect({ file: row.file, ids }).toEqual({ file: row.file, ids: counts });
    }
  });
});
