import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProject, type Project } from '../e2e/project.ts';
import { describeWithLab } from '../lab/skip.ts';
import { tally } from './tally.ts';
import { createWorld, type World } from './world.ts';

const playbook = fileURLToPath(new URL('../../playbooks/gateway.yml', import.meta.url));

await describeWithLab('recipes, as a user applies them', () => {
  let world: World;
  let project: Project;
  beforeAll(async () => {
    world = await createWorld('legacy');
    const inventory = readFileSync(world.lab.inventoryFile, 'utf8');
    project = createProject({ 'inventory/hosts': inventory }, world.lab.command('controller', []));
  });
  afterAll(async () => {
    project.remove();
    await world.down();
  });
  const apply = (...words: string[]) =>
    project.sluice('apply', playbook, '-e', 'backends=backends:!b4', ...words);
  const mail = async () => tally(await world.connect('client', world.gateway.address, 25, { count: 30 }));

  test('a gateway gets all of them by one apply, and a second one finds nothing to do', async () => {
    const first = await apply();
    expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('changed: [gw1]')]);
    expect(await mail()).toEqual({ b1: 10, b2: 10, b3: 10 });
    const second = await apply();
    expect([second.code, second.stdout]).toEqual([0, expect.stringMatching(/gw1 .*ok=1 +changed=0/)]);
  });

  // It waits for SSH that doesn't come.
  test.runIf(process.env.SLUICE_TESTS === 'all')(
    'a forward of the port that the gateway is managed by is taken back',
    async () => {
      const forwards = [{ port: 22, to: world.backends[0]?.address, to_port: 80 }];
      const { code, stdout } = await apply('-e', JSON.stringify({ forwards }), '-T', '3');
      expect([code, stdout]).toEqual([2, expect.stringContaining('rolled back: [gw1]')]);
      expect(tally(await world.connect('client', world.gateway.address, 22))).toEqual({ sshd: 1 });
      expect(await mail()).toEqual({ b1: 10, b2: 10, b3: 10 });
    },
  );
});
