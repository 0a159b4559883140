/*
 * What a login costs, beside ssh(1) at the same number at once: many hosts, which are loopback addresses of a network
 * namespace of their own, on a few real sshd.
 *
 *   npm run build && sudo node bench/ssh.mjs [HOSTS [FORKS]]        1 000 hosts and 32 forks unless told
 *
 * Needs sshd, GNU time and unshare. Each login runs one command, which the servers make `true`; what the servers use is not
 * counted. Wall times say little on a busy machine; the CPU of a login and its ratio do.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const SERVERS = 4;
const PORT = 2200;
/** ssh is measured on a sample: it takes a process a login. */
const SAMPLE = 200;
const main = new URL('../dist/cli/main.js', import.meta.url).pathname;
const hosts = Number(process.argv[2] ?? 1000);
const forks = Number(process.argv[3] ?? 32);

if (process.env.SLUICE_BENCH_INSIDE === undefined) {
  const inside = [
    '-nm',
    'sh',
    '-c',
    // What a shell's start files do is no cost of SSH.
    'ip link set lo up; for file in ~/.bashrc /etc/bash.bashrc; do [ ! -e "$file" ] || mount --bind /dev/null "$file"; done; exec "$@"',
    'sh',
    process.execPath,
    ...process.argv.slice(1),
  ];
  const { status, error } = spawnSync('unshare', inside, {
    stdio: 'inherit',
    env: { ...process.env, SLUICE_BENCH_INSIDE: 'yes' },
  });
  if (error !== undefined) throw error;
  process.exit(status ?? 1);
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
const env = { PATH: process.env.PATH, HOME: folder };
const servers = [];
try {
  keygen('login');
  keygen('host');
  for (let at = 0; at < SERVERS; at += 1) servers.push(await startServer(PORT + at));
  writeHosts();
  const ours = await measure(hosts, [
    process.execPath,
    main,
    'ping',
    '-i',
    'hosts',
    '--forks',
    String(forks),
    '--json',
    '--ssh-common-args=-F ssh_config',
  ]);
  const unreachable = ours.stdout.split('\n').filter((line) => line.includes('"unreachable"'));
  const sample = Math.min(SAMPLE, hosts);
  const theirs = await measure(sample, [
    'sh',
    '-c',
    `seq 0 ${sample - 1} | xargs -P ${forks} -I@ ssh -F ssh_config gw@ true`,
  ]);
  print(`${hosts} hosts, ${forks} at once; ssh on ${sample} of them\n`);
  print(
    `${''.padEnd(8)}${'wall s'.padStart(9)}${'CPU s'.padStart(9)}${'CPU ms a login'.padStart(16)}${'MB at most'.padStart(12)}${'fds at most'.padStart(13)}`,
  );
  row('sluice', ours, ours.mb.toFixed(0), String(ours.fds));
  row('ssh', theirs, '', '');
  print(
    `\nsluice / ssh, CPU of a login: ${(ours.cpuS / ours.logins / (theirs.cpuS / theirs.logins)).toFixed(2)}`,
  );
  print(`hosts that were not logged in to: ${unreachable.length}`);
  process.exitCode = unreachable.length === 0 ? 0 : 1;
} finally {
  for (const server of servers) server.kill();
  rmSync(folder, { recursive: true, force: true });
}

function keygen(name) {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
}

/** `-D` keeps it our child; it says on stderr that it listens. */
async function startServer(port) {
  mkdirSync('/run/sshd', { recursive: true });
  const config = join(folder, `sshd_${port}`);
  const lines = [
    `Port ${port}`,
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/login.pub`,
    'ForceCommand true',
    'MaxStartups 1000',
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PidFile none',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  for await (const chunk of server.stderr.iterator({ destroyOnReturn: false })) {
    log += chunk;
    if (log.includes('listening on 0.0.0.0')) break;
  }
  server.stderr.resume();
  return server;
}

function writeHosts() {
  const key = readFileSync(join(folder, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  const each = Array.from({ length: hosts }, (_, at) => {
    const address = `127.${1 + (at >> 14)}.${(at >> 7) & 127}.${1 + (at & 127)}`;
    return { name: `gw${at}`, address, port: PORT + (at % SERVERS) };
  });
  const write = (name, lines) => writeFileSync(join(folder, name), `${lines.join('\n')}\n`, { mode: 0o600 });
  write(
    'hosts',
    each.map(({ name }) => name),
  );
  write(
    'known_hosts',
    each.map(({ address, port }) => `[${address}]:${port} ${key}`),
  );
  write('ssh_config', [
    ...each.map(({ name, address, port }) => `Host ${name}\n  HostName ${address}\n  Port ${port}`),
    'Host *',
    `  User ${userInfo().username}`,
    `  IdentityFile ${folder}/login`,
    '  IdentitiesOnly yes',
    `  UserKnownHostsFile ${folder}/known_hosts`,
    '  ConnectTimeout 60',
  ]);
}

async function measure(logins, argv) {
  const report = join(folder, 'time');
  const child = spawn('/usr/bin/time', ['-o', report, '-f', '%e %U %S %M', ...argv], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  let isOver = false;
  const over = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  }).finally(() => {
    isOver = true;
  });
  let fds = 0;
  while (!isOver) {
    fds = Math.max(fds, openFiles(child.pid));
    await Promise.race([delay(50), over]);
  }
  await over;
  const [wall, user, system, kib] = readFileSync(report, 'utf8')
    .trim()
    .split('\n')
    .at(-1)
    .split(' ')
    .map(Number);
  return { logins, wallS: wall, cpuS: user + system, mb: kib / 1024, fds, stdout };
}

/** Of the program that time(1) runs. */
function openFiles(pid) {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return readdirSync(`/proc/${child}/fd`).length;
  } catch {
    return 0;
  }
}

function row(name, { wallS, cpuS, logins }, mb, fds) {
  const cells = [wallS.toFixed(1).padStart(9), cpuS.toFixed(1).padStart(9)];
  print(
    `${name.padEnd(8)}${cells.join('')}${((1000 * cpuS) / logins).toFixed(1).padStart(16)}${mb.padStart(12)}${fds.padStart(13)}`,
  );
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
