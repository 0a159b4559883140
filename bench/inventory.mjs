/*
 * How long a big inventory takes to be read and resolved, beside Ansible on the same files, in one run.
 *
 *   npm run build && node bench/inventory.mjs [HOSTS]        10 000 hosts unless told
 *
 * Needs GNU time (apt install time); without ansible-inventory only sluice is measured. Prints the medians of a few turns,
 * taken one after the other so that a busy machine hits both, and their ratio. Fails where the two disagree over a host.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

const TURNS = 3;
const SITES = 40;
const main = new URL('../dist/cli/main.js', import.meta.url).pathname;
const hosts = Number(process.argv[2] ?? 10_000);
const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
// Neither may read the settings of whoever runs this.
const env = { PATH: process.env.PATH, HOME: folder };

try {
  writeInventory();
  const contestants = { sluice: [process.execPath, main, 'inventory', '-i', 'hosts', '--list'] };
  if (spawnSync('ansible-inventory', ['--version'], { env }).status === 0)
    contestants.ansible = ['ansible-inventory', '-i', 'hosts', '--list'];
  else print('ansible-inventory is not installed: sluice alone is measured.');

  const turns = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  const outputs = {};
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const [name, argv] of Object.entries(contestants)) {
      const { stdout, ...figures } = measure(argv);
      turns[name].push(figures);
      outputs[name] = stdout;
    }
  }
  print(
    `${hosts} hosts in ${SITES} sites, a file of variables for each site and each tenth host; medians of ${TURNS}:\n`,
  );
  print(`${''.padEnd(10)}${'wall s'.padStart(10)}${'CPU s'.padStart(10)}${'MB at most'.padStart(12)}`);
  for (const [name, figures] of Object.entries(turns)) {
    const [wall, cpu, mb] = ['wallS', 'cpuS', 'mb'].map((figure) =>
      median(figures.map((each) => each[figure])),
    );
    print(
      `${name.padEnd(10)}${wall.toFixed(2).padStart(10)}${cpu.toFixed(2).padStart(10)}${mb.toFixed(0).padStart(12)}`,
    );
  }
  if (outputs.ansible !== undefined) {
    const ratio = median(turns.ansible.map(({ wallS }, at) => wallS / turns.sluice[at].wallS));
    print(`\nansible / sluice, wall: ${ratio.toFixed(1)}`);
    const [ours, theirs] = [outputs.sluice, outputs.ansible].map((text) => JSON.parse(text)._meta.hostvars);
    const differing = Object.keys(theirs).filter((host) => !isDeepStrictEqual(ours[host], theirs[host]));
    print(`hosts whose variables differ: ${differing.length}`);
    process.exitCode = differing.length === 0 && Object.keys(theirs).length === hosts ? 0 : 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Sites of a region, roles across sites, variables of every level: what a big fleet's inventory looks like. */
function writeInventory() {
  const site = (at) => `site${String(at % SITES).padStart(2, '0')}`;
  const lines = [];
  for (let at = 0; at < SITES; at += 1) {
    lines.push(`[${site(at)}]`);
    for (let host = at; host < hosts; host += SITES)
      lines.push(
        `gw${host} ansible_host=10.${(host >> 16) & 255}.${(host >> 8) & 255}.${host & 255} rack=${host % 17}`,
      );
    lines.push(`[${site(at)}:vars]`, `site_number=${at}`, `dns=['10.0.${at}.1', '10.0.${at}.2']`);
  }
  for (const role of ['nat', 'proxy']) {
    lines.push(`[${role}]`);
    for (let host = role === 'nat' ? 0 : 1; host < hosts; host += 2) lines.push(`gw${host}`);
  }
  lines.push('[region:children]', ...Array.from({ length: SITES }, (_, at) => site(at)));
  writeFileSync(join(folder, 'hosts'), `${lines.join('\n')}\n`);
  for (const kind of ['group_vars', 'host_vars']) mkdirSync(join(folder, kind));
  const list = Array.from({ length: 20 }, (_, at) => `  - 198.51.100.${at}`).join('\n');
  writeFileSync(join(folder, 'group_vars/all.yml'), `ansible_user: operator\nadmins:\n${list}\n`);
  for (const role of ['nat', 'proxy'])
    writeFileSync(join(folder, `group_vars/${role}.yml`), `role: ${role}\nports: { http: 80, https: 443 }\n`);
  for (let at = 0; at < SITES; at += 1)
    writeFileSync(
      join(folder, `group_vars/${site(at)}.yml`),
      `uplink: eth${at % 4}\nvlans: [${at}, ${at + 100}]\n`,
    );
  for (let host = 0; host < hosts; host += 10)
    writeFileSync(
      join(folder, `host_vars/gw${host}.yml`),
      `vip: 203.0.113.${host % 256}\nweight: ${host % 7}\n`,
    );
}

function measure(argv) {
  const report = join(folder, 'time');
  const options = { cwd: folder, env, encoding: 'utf8', maxBuffer: 2 ** 30 };
  const { status, stdout, stderr, error } = spawnSync(
    '/usr/bin/time',
    ['-o', report, '-f', '%e %U %S %M', ...argv],
    options,
  );
  if (error !== undefined)
    throw new Error(`/usr/bin/time: ${error.code}. Install GNU time: apt install time`);
  if (status !== 0) throw new Error(`${argv.join(' ')}: exit ${status}\n${stderr}`);
  const [wall, user, system, kib] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
  return { wallS: wall, cpuS: user + system, mb: kib / 1024, stdout };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
