import { expectBrokenSite, expectLockOut, expectNothing, expectRollout } from './demo-expectations.ts';
import { differingSaves, saveAll } from './demo-saves.ts';
import { runPlainly, runSluice, type Scene, sharesRequests, tryChange } from './demo-scene.ts';

const APPLY = ['apply', 'playbooks/reverse-proxy.yml', '-T', '3'];

/** Act a: canary, then waves; then requests through every gateway. */
export async function rollOut(scene: Scene): Promise<void> {
  const { stage } = scene;
  stage.heading('a', 'A round-robin reverse proxy goes out: canary first, then waves');
  stage.say(`The playbook gives all six gateways three templates. One lets the operator in and
shuts the rest; the others share out port 80 among the web servers b1, b2 and b3.
`);
  const run = await runSluice(scene, APPLY);
  stage.say('\nHow gw1 shares the connections out:\n');
  await runPlainly(scene, 'gw1', ['iptables', '-t', 'nat', '-S', 'WEB']);
  stage.say('\n300 requests to each gateway, over IPv4 and over IPv6. Who answered how many:\n\n');
  const isShared = await sharesRequests(scene, 300, { isShown: true });
  stage.say('\n');
  stage.expect(
    expectRollout(run, isShared),
    'gw1 was tried out alone; only when its checks had passed did the others follow.',
  );
}

/** Act b: a second run finds nothing to do. */
export async function applyAgain(scene: Scene): Promise<void> {
  const { stage, lab } = scene;
  stage.heading('b', 'The same again: nothing to do');
  stage.say('Neither the project nor the gateways have changed since.\n');
  const before = await saveAll(lab);
  const run = await runSluice(scene, APPLY);
  const unequal = differingSaves(before, await saveAll(lab));
  const counts = [...run.connections].map(([gateway, count]) => `${gateway} ${count}`).join(', ');
  stage.say(`\nSSH connections during this run, as each gateway's own kernel counted them:\n  ${counts}\n\n`);
  stage.expect(expectNothing(run, unequal), 'A run that finds nothing to do asks, compares and leaves.');
}

/** Act c: SSH is dropped; the gateway goes back by itself. */
export async function lockOut(scene: Scene): Promise<void> {
  const { stage } = scene;
  stage.heading('c', 'A change that locks everybody out');
  stage.say('One line of a template, and SSH is dropped:\n');
  const change = {
    file: 'templates/base.rules.hbs',
    from: '-A MANAGEMENT -p tcp --dport {{default ssh_port ansible_port 22}} -j ACCEPT',
    to: '-A MANAGEMENT -p tcp --dport {{default ssh_port ansible_port 22}} -j DROP',
  };
  const remark = `
Even sessions that are open hang from then on: nobody can tell gw1 to go back.
It gives itself 20 seconds to be confirmed, so this takes half a minute.
`;
  const attempt = await tryChange(scene, change, remark, [...APPLY, '--diff']);
  stage.expect(
    expectLockOut(attempt),
    'gw1 could not be reached until its deadline; then it put its old rules back, with nobody connected.',
  );
}

/** Act d: SSH works and the site doesn't; the checks notice. */
export async function breakSite(scene: Scene): Promise<void> {
  const { stage } = scene;
  stage.heading('d', 'A change that lets the operator in, but breaks the site');
  stage.say('One line of the playbook, and requests go to a port on which no web server listens:\n');
  const change = { file: 'playbooks/reverse-proxy.yml', from: 'backend_port: 80', to: 'backend_port: 8080' };
  const remark = '\nThe operator still gets in: only the checks of the playbook can notice this.\n';
  const attempt = await tryChange(scene, change, remark, [...APPLY, '--diff']);
  stage.expect(
    expectBrokenSite(attempt),
    'The controller saw through gw1 that the site was gone, and had it go back at once.',
  );
}
