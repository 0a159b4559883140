import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { encrypt } from '../vault/vaults.ts';
import { createProject, type Project } from './project.ts';

// Nobody answers there: a canary that is unreachable halts a run.
const HOSTS = 'gw1 ansible_host=127.0.0.1 ansible_port=1\n';
const SECRET = 'a very secret key';

let project: Project;
const bodies: { readonly kind: string; readonly [key: string]: unknown }[] = [];
let status = 200;
/** Every command line and environment of this machine, at the moment at which a message came in. */
let processes = '';
let isLooking = false;
const listening = createServer((request, response) => {
  let text = '';
  request.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  request.on('end', () => {
    bodies.push(JSON.parse(text));
    if (isLooking) processes = processesOf(['cmdline', 'environ']);
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
const apply = (...words: readonly string[]) =>
  project.sluice('apply', '-i', 'hosts', 'edge.yml', '--progress', 'plain', ...words);
const kept = () =>
  readdirSync(join(project.folder, '.sluice'), { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name), 'utf8')] : [],
  );
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
  for (const text of [...kept(), ended.stdout]) {
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('t0ken');
  }
});

test('out of a vault they are used, and stand nowhere: not in a command line, nor in the journal', async () => {
  const plain = ['hook.url', 'hook.secret'].map((name) => readFileSync(join(project.folder, name), 'utf8'));
  project.write({
    'sealed.url': encrypt(plain[0] ?? '', 'vault w0rd'),
    'sealed.secret': encrypt(plain[1] ?? '', 'vault w0rd'),
    'vault.word': 'vault w0rd\n',
  });
  play(
    { webhook: { file: 'sealed.url' }, secret: { file: 'sealed.secret' } },
    { command: ['sh', '-c', 'cat /proc/$$/environ /proc/$PPID/environ >child'] },
  );
  const locked = await apply();
  expect(locked).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('sealed.secret: the file is encrypt'),
  });
  bodies.length = 0;
  isLooking = true;
  const ended = await apply('--vault-password-file', 'vault.word', '-vv');
  isLooking = false;
  expect(ended).toMatchObject({ code: 4, stderr: '' });
  expect(bodies.map(({ kind }) => kind)).toEqual(['halt', 'done']);
  // What was looked at was there: sluice itself among the processes.
  expect(processes).toContain('--vault-password-file');
  const child = readFileSync(join(project.folder, 'child'), 'utf8');
  for (const text of [processes, child, ended.stdout, ...kept()]) {
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('t0ken');
    expect(text).not.toContain('vault w0rd');
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

test('a project tells of every run, beside its plays, from a file of its own', async () => {
  status = 200;
  bodies.length = 0;
  play({ command: ['true'] });
  project.write({
    'ansible.cfg': '[sluice]\nnotify = team/notify.yml\n',
    'team/notify.yml': stringify([{ ...WEBHOOK, on: ['halt'] }]),
    'team/hook.url': readFileSync(join(project.folder, 'hook.url'), 'utf8'),
    'team/hook.secret': `${SECRET}\n`,
  });
  expect(await apply()).toMatchObject({ code: 4, stderr: '' });
  expect(bodies.map(({ kind }) => kind)).toEqual(['halt']);

  project.write({
    'team/notify.yml': '- webhok: x\n  on: [never]\n- command: [page]\n  secret: { env: X }\n',
  });
  const wrong = await apply();
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toMatch(/team\/notify\.yml:1: there is no key "webhok" in notify\[0\]/);
  expect(wrong.stderr).toMatch(/Did you mean "?webhook"?/);
  expect(wrong.stderr).toMatch(/team\/notify\.yml:2: notify\[0\]\.on\[0\] is "never"/);
  project.write({ 'team/notify.yml': '- command: [page]\n  secret: { env: X }\n' });
  expect((await apply()).stderr).toMatch(/team\/notify\.yml:1: notify\[0\] has a secret/);
  project.write({ 'ansible.cfg': '[sluice]\nnotify = nowhere.yml\n' });
  const missing = await apply();
  expect(missing).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("the settings name can't be read (ENOENT)"),
  });
});

function processesOf(files: readonly string[]): string {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const texts = ids.flatMap((id) =>
    files.map((file) => {
      try {
        return readFileSync(`/proc/${id}/${file}`, 'utf8');
      } catch {
        // It has ended, or is another user's.
        return '';
      }
    }),
  );
  return texts.join('\n').replaceAll('\0', ' ');
}
