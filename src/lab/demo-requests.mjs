// Sends HTTP requests, each over a connection of its own, and prints which server answered how many of them.
// usage: demo-requests.mjs REQUESTS <targets: a JSON list of {host}>; prints a JSON list of {answers, failures}
import { readFileSync } from 'node:fs';
import { get } from 'node:http';

/** At once, to each target. */
const CONNECTIONS = 4;
const TIMEOUT_MS = 5000;

const requests = Number(process.argv[2]);
const targets = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(await Promise.all(targets.map(ask))));

async function ask({ host }) {
  const tally = { answers: {}, failures: {} };
  let left = requests;
  const connections = Array.from({ length: CONNECTIONS }, async () => {
    while (left > 0) {
      left -= 1;
      const { kind, text } = await request(host);
      tally[kind][text] = (tally[kind][text] ?? 0) + 1;
    }
  });
  await Promise.all(connections);
  return tally;
}

/** The text of an answer is the name of the server; that of a failure says why. */
function request(host) {
  return new Promise((resolve) => {
    const fail = (error) => resolve({ kind: 'failures', text: error.message });
    const asked = get({ host, port: 80, agent: false, timeout: TIMEOUT_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      response.on('error', fail).on('end', () => {
        if (response.statusCode === 200) resolve({ kind: 'answers', text: text.trim() });
        else fail(new Error(`status ${response.statusCode}`));
      });
    });
    asked.on('error', fail).on('timeout', () => asked.destroy(new Error('timed out')));
  });
}
