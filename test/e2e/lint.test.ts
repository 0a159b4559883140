import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Event } from '../../src/rollout/events.ts';
import { createProject, type Project } from './project.ts';

// Nobody answers there, so that nothing but what is known beforehand is told.
const HOSTS = 'gw[1:2] ansible_host=127.0.0.1 ansible_port=1\n';
const share = (packet: number) =>
  `-A PREROUTING -d 192.0.2.1 -p tcp --dport 80 -m statistic --mode nth --every 3 --packet ${packet} -j DNAT --to-destination 10.0.0.${packet + 1}`;
const RULES = `*nat\n${[0, 1, 2].map(share).join('\n')}\nCOMMIT\n`;
const PLAYBOOK = JSON.stringify([{ id: 'lb', hosts: 'all', rules: [{ template: 'lb.rules.hbs' }] }]);

let project: Project;
beforeAll(() => {
  project = createProject({ hosts: HOSTS, 'lb.yml': PLAYBOOK, 'lb.rules.hbs': RULES });
});
afterAll(() => project.remove());

const run = (verb: string, ...words: readonly string[]) =>
  project.sluice(verb, '-i', 'hosts', 'lb.yml', ...words);
const eventsOf = (lines: string): readonly Event[] =>
  lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test.each(['plan', 'apply'])(
  '%s tells of mistakes once, between the start of the run and its plays',
  async (verb) => {
    const { code, stdout } = await run(verb, '--json');
    expect(code).toBe(4);
    const events = eventsOf(stdout);
    expect(events.slice(0, 3).map(({ type }) => type)).toEqual(['run.started', 'lint.found', 'play.started']);
    expect(events.filter(({ type }) => type === 'lint.found')).toHaveLength(1);
    expect(events[1]).toMatchObject({
      seq: 2,
      findings: [{ id: 'LB1', severity: 'error', file: 'lb.rules.hbs', line: 3, hosts: 2, host: 'gw1' }],
    });
  },
);

test('the journal has them, and people read them before the first play', async () => {
  const { stdout } = await run('apply', '--progress', 'plain');
  expect(stdout.indexOf('lb.rules.hbs:3: error LB1: ')).toBeGreaterThan(-1);
  expect(stdout.indexOf('PLAY [lb]')).toBeGreaterThan(stdout.indexOf('lb.rules.hbs:3: error LB1: '));
  const runs = join(project.folder, '.sluice/runs');
  const latest = readdirSync(runs).sort().at(-1) ?? '';
  const kept = eventsOf(readFileSync(join(runs, latest, 'events.jsonl'), 'utf8'));
  expect(kept.map(({ type }) => type).indexOf('lint.found')).toBe(1);
});

test('what a template allows, with a reason, is no event', async () => {
  const allowed = RULES.replaceAll(
    '-A PREROUTING',
    '# sluice: allow LB1 they differ on purpose\n-A PREROUTING',
  );
  project.write({ 'lb.rules.hbs': allowed });
  const { stdout } = await run('plan', '--json');
  expect(eventsOf(stdout).map(({ type }) => type)).not.toContain('lint.found');
});
