/*
 * What a rollout to many gateways costs, the whole safe protocol included, beside Ansible, beside `xargs ssh` without any safety, and
 * beside the same bare steps over ssh2 (`bare`, the floor of any controller that uses it) and a transaction's steps at their cheapest
 * (`least`), alternating in one run: a lab of each size, a first apply and a run that finds nothing to do.
 *
 *   npm run build && sudo node bench/rollout.mjs [--gateways 10,50,200] [--rules 50,1000] [--rounds 3] [--against ansible,xargs,bare,least]
 *
 * Needs what a lab needs, GNU time and ansible-playbook; what is missing is named. The gateways run on this machine too: `ours` is the
 * CPU of the controlling side alone, `gateways` that of all sshd and what they run. Wall times say little on a busy machine; CPU does,
 * and ratios of one round. Logins are the TCP connections that the gateways accepted.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const main = new URL('../dist/cli/main.js', import.meta.url).pathname;
const { values: flags } = parseArgs({
  options: {
    gateways: { type: 'string', default: '10,50,200' },
    rules: { type: 'string', default: '50,1000' },
    rounds: { type: 'string', default: '3' },
    against: { type: 'string', default: 'ansible,xargs,bare,least' },
  },
});
const [sizes, ruleCounts] = [flags.gateways, flags.rules].map((list) => list.split(',').map(Number));
const rounds = Number(flags.rounds);
const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
const env = { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8' };
const groups = { ours: cpuGroup('controller'), gateways: cpuGroup('gateways') };

/** How each does a first apply, and how it finds that nothing is to be done. */
const CONTESTANTS = {
  sluice: () => [process.execPath, main, 'apply', 'sluice.yml', '-i', 'hosts', '--progress', 'quiet'],
  ansible: () => ['ansible-playbook', '-i', 'hosts', '--forks', '50', 'ansible.yml'],
  xargs: ({ gateways }, isFirst) => [
    'sh',
    '-c',
    `seq ${gateways.length} | xargs -P 32 -I@ sh -c '${isFirst ? bareChange('gw@') : bareLook('gw@')}'`,
  ],
  bare: (lab, isFirst) => overSsh2(lab, 'bare', isFirst),
  least: (lab, isFirst) => overSsh2(lab, 'least', isFirst),
};
const names = ['sluice', ...flags.against.split(',').filter((name) => name in CONTESTANTS)];

// What runs ends by the terminal's own signal; the labs are taken down all the same.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
try {
  checkTools();
  for (const gateways of sizes) await benchLab(gateways);
} finally {
  rmSync(folder, { recursive: true, force: true });
  for (const group of Object.values(groups)) group.remove();
}

function overSsh2({ id }, what, isFirst) {
  const script = new URL('bare.mjs', import.meta.url).pathname;
  const part = isFirst ? 'first' : 'again';
  return [process.execPath, script, `/run/sluice-lab/${id}`, 'bare.rules', what, part];
}

/** Without any safety: the old rules saved beside, the new ones written where a boot finds them, loaded, and a new login. */
function bareChange(host) {
  return `ssh -F ssh_config ${host} "iptables-save >/var/lib/before && cat >/etc/iptables/bench && iptables-restore </etc/iptables/bench" <bare.rules && ssh -F ssh_config ${host} true`;
}

function bareLook(host) {
  return `ssh -F ssh_config ${host} iptables-save >/dev/null`;
}

async function benchLab(gateways) {
  const argv = [
    process.execPath,
    main,
    'lab',
    'up',
    '--gateways',
    gateways,
    '--backends',
    1,
    '--backend',
    'nft',
  ];
  const started = performance.now();
  const id = /^(lab-\S+) is up/m.exec(run(groups.gateways.wrap(argv.map(String))).stdout)?.[1];
  print(
    `\n${gateways} gateways; their lab took ${((performance.now() - started) / 1000).toFixed(0)} s to come up`,
  );
  try {
    const lab = JSON.parse(readFileSync(`/run/sluice-lab/${id}/state.json`, 'utf8'));
    for (const rules of ruleCounts) await benchRules(lab, rules);
  } finally {
    run([process.execPath, main, 'lab', 'down', id]);
  }
}

async function benchRules(lab, rules) {
  writeProject(lab, rules);
  const figures = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      resetGateways(lab);
      for (const [part, isFirst] of [
        ['first', true],
        ['again', false],
      ]) {
        figures[name] ??= { first: [], again: [] };
        figures[name][part].push(await measure(lab, CONTESTANTS[name](lab, isFirst), `${name}, ${part}`));
      }
    }
  }
  const count = lab.gateways.length;
  for (const [part, title] of [
    ['first', 'first apply'],
    ['again', 'nothing to do'],
  ]) {
    print(`\n${count} gateways, ${rules} rules, ${title}; medians of ${rounds}:`);
    const heads = [
      'wall s',
      'ours ms/gw',
      'gateways ms/gw',
      'logins/gw',
      'MB at most',
      'wall / sluice',
      'CPU / sluice',
    ];
    print(''.padEnd(8) + heads.map((head) => head.padStart(15)).join(''));
    for (const name of names) {
      const of = (figure) => median(figures[name][part].map(figure));
      const beside = (figure) =>
        median(figures[name][part].map((each, at) => figure(each) / figure(figures.sluice[part][at])));
      const cells = [
        of(({ wallS }) => wallS).toFixed(1),
        of(({ ours }) => (1000 * ours) / count).toFixed(1),
        of(({ gateways }) => (1000 * gateways) / count).toFixed(0),
        of(({ logins }) => logins / count).toFixed(2),
        of(({ mb }) => mb).toFixed(0),
        beside(({ wallS }) => wallS).toFixed(2),
        beside(({ ours, gateways }) => ours + gateways).toFixed(2),
      ];
      print(name.padEnd(8) + cells.map((cell) => cell.padStart(15)).join(''));
    }
  }
}

/** Runs at the lab's controller; the CPU of what it leaves on the gateways for a moment counts too. */
async function measure({ pid, gateways }, argv, what) {
  const report = join(folder, 'time');
  const inside = ['nsenter', `--net=/proc/${pid}/root/run/netns/controller`, '--', ...argv];
  const before = {
    ours: groups.ours.seconds(),
    gateways: groups.gateways.seconds(),
    logins: countLogins(gateways),
  };
  const timed = ['/usr/bin/time', '-o', report, '-f', '%e %M', ...groups.ours.wrap(inside)];
  const { status, stdout, stderr } = spawnSync(timed[0], timed.slice(1), {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0)
    throw new Error(`${what}: exit ${status}\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
  const ours = groups.ours.seconds() - before.ours;
  await delay(3000);
  const [wallS, kib] = readFileSync(report, 'utf8').trim().split('\n').at(-1).split(' ').map(Number);
  const logins = countLogins(gateways) - before.logins;
  return { wallS, ours, gateways: groups.gateways.seconds() - before.gateways, logins, mb: kib / 1024 };
}

/** TCP connections that the gateways have accepted; nobody but the contestants dials them. */
function countLogins(gateways) {
  const opens = gateways.map(({ pid }) => {
    const [heads, values] = readFileSync(`/proc/${pid}/net/snmp`, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('Tcp: '))
      .map((line) => line.split(' '));
    return Number(values[heads.indexOf('PassiveOpens')]);
  });
  return opens.reduce((sum, count) => sum + count, 0);
}

/**
 * Each contestant meets gateways that none has touched. The journal stays: for some minutes after it has deleted many files, ext4 makes
 * new ones at many times the cost, and nobody deletes a journal before each run.
 */
function resetGateways({ gateways }) {
  const script =
    'nsenter --target $1 --net --mount --uts --pid -- sh -c "nft flush ruleset; rm -rf /var/lib/sluice /var/lib/least /etc/systemd/system/sluice-boot.service /etc/systemd/system/sysinit.target.wants/sluice-boot.service /etc/iptables/* /var/lib/before /root/.ansible"';
  run(['xargs', '-P', '4', '-n', '1', 'sh', '-c', script, 'sh'], gateways.map(({ pid }) => pid).join('\n'));
}

/** The same rules for everyone, by a template of each one's own; bare.rules is what comes out. */
function writeProject({ id, gateways }, rules) {
  const lab = `/run/sluice-lab/${id}`;
  const write = (name, lines, mode = 0o644) =>
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`, { mode });
  const ssh = `-o UserKnownHostsFile=${lab}/known_hosts -o KexAlgorithms=curve25519-sha256`;
  write('hosts', [
    '[gateways]',
    ...gateways.map(({ name, address }) => `${name} ansible_host=${address}`),
    '[gateways:vars]',
    'ansible_user=root',
    `ansible_ssh_private_key_file=${lab}/id_ed25519`,
    `ansible_ssh_common_args='${ssh}'`,
  ]);
  write('ansible.cfg', [
    '[defaults]',
    'interpreter_python = /usr/bin/python3',
    '[ssh_connection]',
    'pipelining = True',
  ]);
  write('ssh_config', [
    ...gateways.map(({ name, address }) => `Host ${name}\n  HostName ${address}`),
    'Host *',
    '  User root',
    `  IdentityFile ${lab}/id_ed25519`,
    '  IdentitiesOnly yes',
    `  UserKnownHostsFile ${lab}/known_hosts`,
    '  KexAlgorithms curve25519-sha256',
  ]);
  const networks = Array.from({ length: rules }, (_, at) => `10.${128 + (at >> 8)}.${at & 255}.0/24`);
  mkdirSync(join(folder, 'group_vars'), { recursive: true });
  write('group_vars/gateways.yml', ['blocked:', ...networks.map((network) => `  - ${network}`)]);
  const head = [
    '*filter',
    ':INPUT DROP [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    '-A INPUT -i lo -j ACCEPT',
    '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT',
  ];
  write('edge.hbs', [...head, '{{#each blocked}}', '-A FORWARD -s {{this}} -j DROP', '{{/each}}', 'COMMIT']);
  write('edge.j2', [
    ...head,
    '{% for network in blocked %}',
    '-A FORWARD -s {{ network }} -j DROP',
    '{% endfor %}',
    'COMMIT',
  ]);
  write('bare.rules', [...head, ...networks.map((network) => `-A FORWARD -s ${network} -j DROP`), 'COMMIT']);
  write('sluice.yml', [
    '- id: edge',
    '  hosts: gateways',
    '  families: [ipv4]',
    '  rules: [{ template: edge.hbs }]',
    '  rollout: { canary: none, serial: 100%, confirm_within: 300s }',
  ]);
  write('ansible.yml', [
    '- hosts: gateways',
    '  gather_facts: false',
    '  tasks:',
    '    - template: { src: edge.j2, dest: /etc/iptables/bench }',
    '      register: written',
    '    - shell: iptables-save >/var/lib/before && iptables-restore </etc/iptables/bench',
    '      when: written.changed',
    '    - meta: reset_connection',
    '      when: written.changed',
    '    - wait_for_connection: { timeout: 60 }',
    '      when: written.changed',
  ]);
}

function checkTools() {
  const tools = { '/usr/bin/time': 'time', nsenter: 'util-linux', nft: 'nftables' };
  if (names.includes('ansible')) tools['ansible-playbook'] = 'ansible-core';
  const missing = Object.entries(tools).filter(
    ([tool]) => spawnSync(tool, ['--version']).error !== undefined,
  );
  if (missing.length > 0)
    throw new Error(`missing: apt install ${missing.map(([, name]) => name).join(' ')}`);
  if (spawnSync('pyinfra', ['--version']).error !== undefined)
    print('pyinfra is not installed: it is not measured.');
}

/** Counts the CPU of all that is started in it, in seconds; control groups of either version. */
function cpuGroup(name) {
  const root = existsSync('/sys/fs/cgroup/cpuacct') ? '/sys/fs/cgroup/cpuacct' : '/sys/fs/cgroup';
  const path = `${root}/sluice-bench-${process.pid}-${name}`;
  mkdirSync(path);
  return {
    wrap: (argv) => ['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', path, ...argv],
    seconds: () => {
      if (existsSync(`${path}/cpuacct.usage`))
        return Number(readFileSync(`${path}/cpuacct.usage`, 'utf8')) / 1e9;
      return Number(/^usage_usec (\d+)/m.exec(readFileSync(`${path}/cpu.stat`, 'utf8'))?.[1]) / 1e6;
    },
    remove: () => {
      try {
        rmdirSync(path);
      } catch {
        // A process of a lab may take a moment to end.
      }
    },
  };
}

function run([file, ...argv], input = '') {
  const stdout = execFileSync(file, argv, { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'inherit'] });
  return { stdout };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
