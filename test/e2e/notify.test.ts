import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createProject, type Project } from './project.ts';

// Nobody answers there: a canary that is unreachable halts a run.
const HOSTS = 'gw1 ansible_host=127.0.0.1 ansible_port=1\n';
const SECRET = 'a very secret key';

let project: Project;
const bodies: { readonly kind: string; readonly [key: string]: unknown }[] = [];
let status = 200;
const listening = createServer((request, response) => {
  let text = '';
  request.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  request.on('end', () => {
    bodies.push(JSON.parse(text));
    response.writeHead(status).end();
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  project = createProject({
    hosts: HOSTS,
    'templates/a.hbs': '*filter\n-A INPUT -j ACCEPT\nCOMMIT\n',
    'hook.url': `http://127.0.0.1:${port}/t0ken\n`,
    'hook.secret': `${SECRET}\n`,
  });
});
afterAll(() => {
  listening.close();
  project.remove();
});

const play = (...notify: readonly object[]) =>
  project.write({
    'edge.yml': stringify([{ id: 'edge', hosts: 'all', rules: [{ template: 'a.hbs' }], notify }]),
  });
const apply = () => project.sluice('apply', '-i', 'hosts', 'edge.yml', '--progress', 'plain');
const WEBHOOK = { webhook: { file: 'hook.url' }, secret: { file: 'hook.secret' } };

test('a halt and the end are told, and neither secret is left anywhere', async () => {
  play(WEBHOOK, { command: ['sh', '-c', 'cat >>told'], on: ['done'] });
  const ended = await apply();
  expect(ended).toMatchObject({ code: 4, stderr: '' });
  expect(bodies.map(({ kind }) => kind)).toEqual(['halt', 'done']);
  expect(bodies[1]).toMatchObject({
    exitCode: 4,
    halted: true,
    playbook: 'edge.yml',
    hosts: { unreachable: ['gw1'] },
  });
  expect(JSON.parse(readFileSync(join(project.folder, 'told'), 'utf8'))).toMatchObject({ kind: 'done' });
  const runs = join(project.folder, '.sluice');
  const kept = readdirSync(runs, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name), 'utf8')] : [],
  );
  for (const text of [...kept, ended.stdout]) {
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('t0ken');
  }
});

test('what fails is a warning, and the exit code stays', async () => {
  status = 500;
  play(WEBHOOK, { command: ['false'] });
  const { code, stderr } = await apply();
  expect(code).toBe(4);
  expect(stderr).toContain(
    'warning: edge.yml:6: nobody was told of "halt" by this webhook: the answer was 500',
  );
  expect(stderr).toMatch(/nobody was told of "done" by this command: it ended with 1/);
  expect(stderr).not.toContain('t0ken');
});

test.each([
  [{ webhook: 'https://example.net/' }, 'needs a secret beside its webhook'],
  [
    { command: ['true'], webhook: 'https://example.net/', secret: { env: 'X' } },
    'needs one of webhook and command',
  ],
  [{ command: ['true'], secret: { env: 'X' } }, 'has a secret, which belongs to a webhook'],
  [{ webhook: 'http://example.net/', secret: { env: 'X' } }, 'must be an https address'],
  [{ webhook: 'https://example.net/', secret: { env: 'SLUICE_NO_SUCH' } }, 'SLUICE_NO_SUCH is not set'],
  [{ webhook: 'https://example.net/', secret: { file: 'no.such' } }, "no.such can't be read (ENOENT)"],
])('%j stops the run before it starts', async (notify, words) => {
  play(notify);
  expect(await apply()).toMatchObject({ code: 1, stderr: expect.stringContaining(words) });
});
