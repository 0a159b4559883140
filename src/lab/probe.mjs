// Connects to every target until it answers or the time is up; prints the names of those that never did.
// usage: probe.mjs TIMEOUT_MS <targets: a JSON list of {name, address, port, greets}>
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const deadline = Date.now() + Number(process.argv[2]);
const targets = JSON.parse(readFileSync(0, 'utf8'));

await Promise.all(
  targets.map(async (target) => {
    while (!(await answers(target))) {
      if (Date.now() > deadline) return process.stdout.write(`${target.name}\n`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }),
);

/** An sshd greets; for a web server the connection is enough. */
function answers({ address, port, greets }) {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 5000 });
    const settle = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once(greets ? 'data' : 'connect', () => settle(true));
    for (const event of ['error', 'timeout', 'end']) socket.once(event, () => settle(false));
  });
}
