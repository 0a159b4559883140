/*
 * The least that a rollout over ssh2 can cost, which bench/rollout.mjs sets beside sluice. Two connections a gateway, 32 at a time.
 * `bare`: over the first the old rules are saved and the new ones loaded, the second only proves that one can log in. No lock, no
 * rehearsal, no way back, no journal. `least`: a transaction with all of its steps, each at its cheapest (least.sh).
 *
 *   node bench/bare.mjs LAB-FOLDER RULES-FILE bare|least first|again
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import pLimit from 'p-limit';
import ssh2 from 'ssh2';

const [folder, rulesFile, what, part] = process.argv.slice(2);
const { gateways } = JSON.parse(readFileSync(`${folder}/state.json`, 'utf8'));
const privateKey = readFileSync(`${folder}/id_ed25519`);
const rules = readFileSync(rulesFile);
const known = new Map(
  readFileSync(`${folder}/known_hosts`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([names, , key]) => names.split(',').map((name) => [name, key])),
);

const least = readFileSync(new URL('least.sh', import.meta.url), 'utf8').replaceAll("'", "'\\''");
const limit = pLimit(32);
await Promise.all(
  gateways.map(({ address }) => limit(() => (part === 'first' ? change(address) : look(address)))),
);

async function change(host) {
  if (what === 'least') {
    await ask(host, `exec sh -c '${least}' least begin`, rules);
    await ask(host, `exec sh -c '${least}' least confirm`);
    return;
  }
  await ask(
    host,
    'iptables-save >/var/lib/before && cat >/etc/iptables/bench && iptables-restore </etc/iptables/bench',
    rules,
  );
  await ask(host, 'true');
}

async function look(host) {
  if (what === 'least') await ask(host, `exec sh -c '${least}' least look`, rules);
  else await ask(host, 'iptables-save');
}

/** One connection, one command, which must end well. */
function ask(host, command, stdin = '') {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    let code;
    client.on('ready', () =>
      client.exec(command, (error, channel) => {
        if (error) return reject(error);
        channel.on('exit', (status) => {
          code = status;
        });
        channel.on('close', () => client.end());
        channel.resume();
        channel.stderr.resume();
        channel.end(stdin);
      }),
    );
    client.on('error', reject);
    client.on('close', () =>
      code === 0 ? resolve() : reject(new Error(`${host}: ${command}: exit ${code}`)),
    );
    client.connect({
      sock: socketTo(host),
      username: 'root',
      privateKey,
      algorithms: { kex: ['curve25519-sha256'] },
      hostVerifier: (key) => known.get(host) === key.toString('base64'),
    });
  });
}

/** What is written in one turn travels together, as sluice has it (src/ssh/by-turn.ts): one segment a packet instead of three. */
function socketTo(host) {
  const socket = connect({ host, port: 22, noDelay: true });
  const write = socket.write.bind(socket);
  let isCorked = false;
  socket.write = (...words) => {
    if (!isCorked) {
      isCorked = true;
      socket.cork();
      setImmediate(() => {
        isCorked = false;
        socket.uncork();
      });
    }
    return write(...words);
  };
  return socket;
}
