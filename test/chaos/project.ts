import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Family } from '../../src/ruleset/model.ts';
import { CHANGES, type ChangeName } from './changes.ts';
import type { Texts } from './expected.ts';
import type { Scenario } from './scenario.ts';
import { asChains, type Sharing, scopeKeys } from './shared.ts';

/** The gateway's own deadline: the shortest that a playbook may have, and with a check of three seconds. */
const withinSeconds = Number(process.env.CHAOS_WITHIN ?? 30);
const checkSeconds = 3;

/** What a run of a play named so gives a gateway; each mark is another rule set of the same change. */
export type Play = {
  readonly id: 'edge' | 'other';
  readonly mark: string;
  readonly texts: Texts;
  readonly sharing: Sharing;
  /** ipset-restore text. */
  readonly sets?: string;
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly check?: string;
};

export function edgePlay(
  change: ChangeName,
  { families, sharing }: Pick<Scenario, 'families' | 'sharing'>,
  mark: string,
): Play {
  const { text, ...more } = CHANGES[change];
  const shaped = (whole: string) => (sharing === 'chains' ? asChains(whole) : whole);
  const texts = Object.fromEntries(
    families.map((family) => [family, shaped(withSet(family, text(family, mark)))]),
  );
  const owned = { sets: setsOf(change, mark), sysctls: sysctlsOf(mark) };
  return { id: 'edge', mark, texts, sharing, ...owned, ...('check' in more ? { check: more.check } : {}) };
}

/** The rules use a set of the play's, so that neither loads without the other. */
function withSet(family: Family, text: string): string {
  if (family === 'ipv6') return text;
  return text.replace(/(\*filter\n[\s\S]*?)(?=COMMIT)/, '$1-A INPUT -m set --match-set chaos src -j DROP\n');
}

/** Each mark has members of its own; a large change has many. */
function setsOf(change: ChangeName, mark: string): string {
  const members = [
    numberOf(mark),
    ...(change.startsWith('large') ? Array.from({ length: 3000 }, (_, n) => 1000 + n) : []),
  ];
  const lines = members.map((n) => `add chaos 198.18.${n >> 8}.${n & 255}\n`);
  return `create chaos hash:net\nadd chaos 192.0.2.0/24\n${lines.join('')}`;
}

/** What no packet of the lab notices, and each mark has another way. */
function sysctlsOf(mark: string): Readonly<Record<string, string>> {
  return { 'net.ipv4.ip_forward': '1', 'net.ipv4.conf.all.rp_filter': numberOf(mark) % 2 === 0 ? '2' : '1' };
}

function numberOf(mark: string): number {
  return [...mark].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 997, 7);
}

/** What the scenario's first operator wants. */
export function firstPlay(scenario: Scenario): Play {
  return edgePlay(scenario.change, scenario, 'first');
}

/** A play that owns another table. */
export function otherPlay(): Play {
  const text = '*security\n-A INPUT -p tcp --dport 99 -m comment --comment other -j ACCEPT\nCOMMIT\n';
  return { id: 'other', mark: 'other', texts: { ipv4: text }, sharing: 'tables' };
}

/** Writes the files of a project in a folder of its own; answers what sluice is to be called with there. */
export function writeProject(
  folder: string,
  { id, texts, sharing, sets, sysctls, check }: Play,
  inventory: string,
  host: string,
  /** Of its own choice where nothing shall go wrong. */
  seconds = withinSeconds + (check === undefined ? 0 : checkSeconds),
): readonly string[] {
  mkdirSync(join(folder, 'templates'), { recursive: true });
  const families = Object.keys(texts);
  const blocks = Object.entries(texts).map(([family, text]) => `{{#${family}}}\n${text}{{/${family}}}\n`);
  writeFileSync(join(folder, 'templates/all.rules.hbs'), blocks.join(''));
  // An ansible.cfg of the machine is not read beside it.
  writeFileSync(join(folder, '.ansible.cfg'), '');
  if (sets !== undefined) writeFileSync(join(folder, 'templates/all.ipset.hbs'), sets);
  const play = {
    id,
    hosts: 'gateways',
    families,
    rules: [{ template: 'all.rules.hbs' }],
    ...scopeKeys(sharing),
    ...(sets === undefined ? {} : { ipsets: [{ template: 'all.ipset.hbs' }] }),
    ...(sysctls === undefined ? {} : { sysctls }),
    rollout: {
      canary: 'none',
      confirm_within: `${seconds}s`,
    },
    ...(check === undefined
      ? {}
      : {
          checks: [
            {
              name: 'works',
              command: check,
              baseline: false,
              retries: 0,
              delay: 0,
              timeout: `${checkSeconds}s`,
            },
          ],
        }),
  };
  writeFileSync(join(folder, 'play.yml'), stringify([play]));
  return ['apply', 'play.yml', '--json', '--take-over', '-i', inventory, '--limit', host, '-T', '10'];
}
