import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ssh2 from 'ssh2';

const CANONICAL =
  '*filter\n:INPUT DROP\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n-A INPUT -s 192.0.2.0/24 -j DROP\nCOMMIT\n';

/** What a gateway says to a first apply. */
const PREPARED = [
  '#sluice value backend nft',
  '#sluice value family ipv4',
  ...['before.ipv4', 'live.ipv4'].map((name) => `#sluice file ${name} 0`),
  `#sluice file canonical.ipv4 ${CANONICAL.length}`,
  `${CANONICAL}#sluice end prepared`,
];
const APPLIED = ['#sluice value armed 60', '#sluice value state applied', '#sluice end applied'];
const CONFIRMED = ['#sluice value state confirmed', '#sluice end confirmed'];

/**
 * Lets V8 compile what most runs need, for run-once.mjs to keep: an apply that reads, renders and lints, logs in to an SSH server of our own on this
 * machine, and is told there what a gateway would say. Nothing is executed.
 *
 * @throws where that run did not end well
 */
export async function warmUp() {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-build-'));
  const [hostKey, loginKey] = [0, 1].map(() => ssh2.utils.generateKeyPairSync('ed25519'));
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, serveEach());
  server.listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const { port } = server.address();
    const write = (name, ...lines) =>
      writeFileSync(join(folder, name), `${lines.join('\n')}\n`, { mode: 0o600 });
    write('known_hosts', `[127.0.0.1]:${port} ${hostKey.public}`);
    write('key', loginKey.private);
    write(
      'hosts',
      `gw[1:2] ansible_host=127.0.0.1 ansible_port=${port} ansible_user=nobody ansible_ssh_private_key_file=key ansible_ssh_common_args='-F none -o UserKnownHostsFile=${join(folder, 'known_hosts')}'`,
    );
    write('edge.hbs', '*filter', '{{#each blocked}}', '-A INPUT -s {{this}} -j DROP', '{{/each}}', 'COMMIT');
    write(
      'edge.yml',
      '- id: edge',
      '  hosts: all',
      '  vars: { blocked: [192.0.2.0/24] }',
      '  rules: [{ template: edge.hbs }]',
    );
    const script = fileURLToPath(new URL('run-once.mjs', import.meta.url));
    const words = [script, 'apply', 'edge.yml', '-i', 'hosts', '--progress', 'quiet'];
    const env = { PATH: process.env.PATH, HOME: folder };
    const child = spawn(process.execPath, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const told = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => told.push(chunk));
    const [code] = await once(child, 'close');
    if (code !== 0)
      throw new Error(`the built program's first run ended with ${code}:\n${Buffer.concat(told)}`);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
}

/** Two gateways, one after the other: of each the first connection is asked to begin and to go, the second one to confirm. */
function serveEach() {
  let commands = 0;
  return (client) => {
    // Whoever hangs up early is none of our business.
    client.on('error', () => undefined);
    client.on('authentication', (login) =>
      login.method === 'publickey' ? login.accept() : login.reject(['publickey']),
    );
    client.on('session', (accept) =>
      accept().on('exec', (acceptCommand) => {
        commands += 1;
        converse(acceptCommand(), commands % 2 === 1);
      }),
    );
  };
}

function converse(channel, isFirst) {
  const say = (lines) => channel.write(`${lines.join('\n')}\n`);
  const end = (lines) => {
    say(lines);
    channel.exit(0);
    channel.end();
  };
  if (isFirst) say(PREPARED);
  else end(CONFIRMED);
  let heard = '';
  channel.on('data', (chunk) => {
    heard = (heard + chunk).slice(-3);
    if (isFirst && heard === 'go\n') end(APPLIED);
  });
}
