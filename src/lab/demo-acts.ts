import { differingSaves, saveAll } from './demo-saves.ts';
import {
  type Attempt,
  isSame,
  namesOf,
  runPlainly,
  runSluice,
  type Scene,
  sharesRequests,
  tryChange,
} from './demo-scene.ts';
import type { Expectation } from './demo-stage.ts';
import type { Lab } from './lab.ts';

const APPLY = ['apply', 'playbooks/reverse-proxy.yml', '-T', '3'];

/** Act a: canary, then waves; then requests through every gateway. */
export async function rollOut(scene: Scene): Promise<void> {
  const { stage, lab } = scene;
  stage.heading('a', 'A round-robin reverse proxy goes out: canary first, then waves');
  stage.say(`The playbook gives all six gateways two templates. One lets the operator in and
shuts the rest; the other shares out port 80 among the web servers b1, b2 and b3.
`);
  const { exitCode, story } = await runSluice(scene, APPLY);
  stage.say('\nHow the connections are shared out, on gw1:\n');
  const rules = await runPlainly(scene, 'gw1', ['iptables', '-t', 'nat', '-S', 'ROUND-ROBIN']);
  stage.say('\n300 requests to each gateway, over IPv4 and over IPv6. Who answered how many:\n\n');
  const isShared = await sharesRequests(scene, 300, { isShown: true });
  stage.say('\n');
  stage.expect([
    { words: 'exit code 0', holds: exitCode === 0 && rules === 0 },
    {
      words: 'gw1 was changed first and alone; then gw2 and gw3; then gw4, gw5 and gw6',
      holds:
        story.waves.map((wave) => wave.join(' ')).join(', ') === 'gw1, gw2 gw3, gw4 gw5 gw6' &&
        isSame(story.confirmed, namesOf(lab)),
    },
    { words: 'through every gateway each web server answered 100 of 300 requests', holds: isShared },
  ]);
}

/** Act b: a second run finds nothing to do. */
export async function applyAgain(scene: Scene): Promise<void> {
  const { stage, lab } = scene;
  stage.heading('b', 'The same again: nothing to do');
  const before = await saveAll(lab);
  const { exitCode, story, connections } = await runSluice(scene, APPLY);
  const unequal = differingSaves(before, await saveAll(lab));
  const counts = [...connections].map(([gateway, count]) => `${gateway} ${count}`).join(', ');
  stage.say(`\nSSH connections during this run, as each gateway's own kernel counted them:\n  ${counts}\n\n`);
  stage.expect([
    { words: 'exit code 0', holds: exitCode === 0 },
    { words: 'no gateway was changed', holds: story.armed.length === 0 && story.waves.length === 3 },
    { words: 'one connection to each gateway', holds: [...connections.values()].every((n) => n === 1) },
    sameRules(unequal, lab),
  ]);
}

/** Act c: SSH is dropped; the gateway goes back by itself. */
export async function lockOut(scene: Scene): Promise<void> {
  const { stage, lab } = scene;
  stage.heading('c', 'A change that locks everybody out');
  stage.say('One line of a template, and SSH is dropped:\n');
  const change = {
    file: 'templates/base.rules.hbs',
    from: '-A MANAGEMENT -p tcp --dport 22 -j ACCEPT',
    to: '-A MANAGEMENT -p tcp --dport 22 -j DROP',
  };
  const remark = `
Even sessions that are open hang from then on: nobody can tell gw1 to go back.
It gives itself 20 seconds to be confirmed, so this takes half a minute.
`;
  const trial = await tryChange(scene, change, remark, [...APPLY, '--diff']);
  stage.expect([
    { words: 'exit code 2', holds: trial.exitCode === 2 },
    {
      words: 'a new SSH connection to gw1 failed while the new rules were live',
      holds: isSame(trial.story.failed, ['fresh SSH connection']),
    },
    {
      words: 'gw1 took the change back by itself, at its own deadline',
      holds:
        trial.story.rolledBack.map(({ host, by }) => `${host} by ${by}`).join() ===
        'gw1 by the gateway at its deadline',
    },
    ...afterwards(trial, lab),
  ]);
}

/** Act d: SSH works and the site doesn't; the checks notice. */
export async function breakSite(scene: Scene): Promise<void> {
  const { stage, lab } = scene;
  stage.heading('d', 'A change that lets the operator in, but breaks the site');
  stage.say('One line of the playbook, and requests go to a port on which no web server listens:\n');
  const change = { file: 'playbooks/reverse-proxy.yml', from: 'backend_port: 80', to: 'backend_port: 8080' };
  const trial = await tryChange(scene, change, '', [...APPLY, '--diff']);
  stage.expect([
    { words: 'exit code 2', holds: trial.exitCode === 2 },
    {
      words: 'new SSH connections to gw1 worked, over IPv4 and IPv6',
      holds: isSame(trial.story.passed, ['fresh SSH connection', 'fresh SSH connection']),
    },
    {
      words: 'the checks of the site failed, over IPv4 and IPv6',
      holds: isSame(trial.story.failed, ['site answers', 'site answers over IPv6']),
    },
    {
      words: 'gw1 took the change back',
      holds: isSame(
        trial.story.rolledBack.map(({ host }) => host),
        ['gw1'],
      ),
    },
    ...afterwards(trial, lab),
  ]);
}

/** What has to be so after every change that failed on the canary. */
function afterwards({ connections, unequal, isShared }: Attempt, lab: Lab): readonly Expectation[] {
  const others = [...connections].filter(([gateway]) => gateway !== 'gw1');
  return [
    {
      words: 'the other five were left alone: not one connection to their sshd',
      holds: others.length === 5 && others.every(([, count]) => count === 0),
    },
    sameRules(unequal, lab),
    { words: 'through every gateway each web server answered 10 of 30 requests', holds: isShared },
  ];
}

function sameRules(unequal: readonly string[], { gateways }: Lab): Expectation {
  const what = `${gateways.length} iptables-save and ${gateways.length} ip6tables-save`;
  const which = unequal.length === 0 ? '' : `; they differ on ${unequal.join(', ')}`;
  return {
    words: `all gateways have the rules they had: ${what}, before and after\n    (but for counters and dates)${which}`,
    holds: unequal.length === 0,
  };
}
