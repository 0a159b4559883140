import { describe, expect, test } from 'vitest';
import { vaultSettings, vaultSources } from '../../../src/cli/operations/vault-sources.ts';

const none = { ids: [], passwordFiles: [], isAsked: false };

test("the order is Ansible's: configured ids, --vault-id, files, the configured file, what is asked for", () => {
  const flags = { ids: ['c@3', 'd@prompt'], passwordFiles: ['4', '5'], isAsked: true };
  const sources = vaultSources(flags, { ids: ['a@1', '2'], passwordFile: '6', isAsked: false });
  expect(sources.map((source) => ('file' in source ? source.file : source.id))).toEqual([
    '1',
    '2',
    '3',
    'd',
    '4',
    '5',
    '6',
    'default',
  ]);
});

test('without flags and settings there is none', () => {
  expect(vaultSources(none, vaultSettings({}))).toEqual([]);
});

describe('--vault-id', () => {
  test.each([
    ['pw', { kind: 'file', id: 'default', file: 'pw' }],
    ['prod@pw', { kind: 'file', id: 'prod', file: 'pw' }],
    ['prod@dir@host/pw', { kind: 'file', id: 'prod', file: 'dir@host/pw' }],
    ['@pw', { kind: 'file', id: 'default', file: 'pw' }],
    ['prompt', { kind: 'prompt', id: 'default', namesId: true }],
    ['prod@prompt', { kind: 'prompt', id: 'prod', namesId: true }],
    ['prod@prompt_ask_vault_pass', { kind: 'prompt', id: 'prod', namesId: false }],
  ])('%s', (id, source) => {
    expect(vaultSources({ ...none, ids: [id] }, { ids: [], isAsked: false })).toEqual([source]);
  });
});

test('the environment names a list of ids, and a file', () => {
  const env = { ANSIBLE_VAULT_IDENTITY_LIST: ' a@1, ,2 ', ANSIBLE_VAULT_PASSWORD_FILE: '~/pw' };
  expect(vaultSettings(env)).toEqual({ ids: ['a@1', '2'], passwordFile: '~/pw', isAsked: false });
  expect(vaultSettings({ ANSIBLE_VAULT_PASSWORD_FILE: '' })).toEqual({ ids: [], isAsked: false });
});

test.each([
  ['true', 1],
  ['Yes', 1],
  ['0', 0],
  ['', 0],
])('ANSIBLE_ASK_VAULT_PASS=%s asks %i times, once with -J', (value, times) => {
  const settings = vaultSettings({ ANSIBLE_ASK_VAULT_PASS: value });
  expect(vaultSources(none, settings)).toHaveLength(times);
  expect(vaultSources({ ...none, isAsked: true }, settings)).toHaveLength(1);
});
