import { describe, expect, test } from 'vitest';
import { vaultSources } from '../../../src/cli/operations/vault-sources.ts';

const none = { ids: [], passwordFiles: [], isAsked: false };
const unset = { ids: [], passwordFile: undefined, isAsked: false, identity: 'default' };

test("the order is Ansible's: configured ids, --vault-id, files, the configured file, what is asked for", () => {
  const flags = { ids: ['c@3', 'd@prompt'], passwordFiles: ['4', '5'], isAsked: true };
  const sources = vaultSources(flags, { ...unset, ids: ['a@1', '2'], passwordFile: '6' });
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
  expect(vaultSources(none, unset)).toEqual([]);
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
    expect(vaultSources({ ...none, ids: [id] }, unset)).toEqual([source]);
  });
});

test.each([true, false])('asked for by a setting (%s), and once with -J', (isAsked) => {
  const settings = { ...unset, isAsked, identity: 'ours' };
  const prompt = { kind: 'prompt', id: 'ours', namesId: false };
  expect(vaultSources(none, settings)).toEqual(isAsked ? [prompt] : []);
  expect(vaultSources({ ...none, isAsked: true }, settings)).toEqual([prompt]);
});
