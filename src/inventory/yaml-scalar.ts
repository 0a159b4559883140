import type { Value } from './model.ts';

/**
 * The value of a plain YAML scalar under YAML 1.1 as PyYAML reads it, which is what Ansible users get: `yes` is true, `0644`
 * is octal, `1:30` is sixty-based, `1e3` and dates stay text. An integer beyond 2^53 stays text too: its digits matter more.
 */
export function resolvePlainScalar(text: string): Value {
  if (text === '' || /^(?:~|null|Null|NULL)$/.test(text)) return null;
  if (/^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(text)) return true;
  if (/^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(text)) return false;
  if (!/^[-+.0-9]/.test(text)) return text;
  return resolveInteger(text) ?? resolveFloat(text) ?? text;
}

function resolveInteger(text: string): number | string | undefined {
  const match = /^([-+]?)(0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*(?::[0-5]?[0-9])*)$/.exec(text);
  if (match === null) return undefined;
  const digits = (match[2] ?? '').replaceAll('_', '');
  const magnitude = digits.includes(':')
    ? sixtyBased(digits)
    : Number(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  if (Number.isNaN(magnitude)) return undefined;
  if (!Number.isSafeInteger(magnitude)) return text;
  return match[1] === '-' && magnitude !== 0 ? -magnitude : magnitude;
}

function resolveFloat(text: string): number | undefined {
  const isDecimal =
    /^[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?$/.test(text) ||
    /^\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?$/.test(text);
  if (isDecimal) return Number(text.replaceAll('_', ''));
  const sixty = /^([-+]?)([0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$/.exec(text);
  if (sixty === null) return undefined;
  return (sixty[1] === '-' ? -1 : 1) * sixtyBased((sixty[2] ?? '').replaceAll('_', ''));
}

function sixtyBased(digits: string): number {
  return digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}
