/** A key in one spelling, or the end of the sentence `KEY …` that says what is wrong with it. */
export type SysctlKey = { readonly key: string } | { readonly complaint: string };

/**
 * Reads a key as sysctl(8) does: whichever of `.` and `/` comes first separates the parts, and the other one stands for itself or,
 * after dots, for a dot inside a part: `net.ipv4.conf.eth0/100.rp_filter` and `net/ipv4/conf/eth0.100/rp_filter` are one.
 */
export function parseSysctlKey(text: string): SysctlKey {
  if (text.includes('{{')) return { complaint: 'holds an expression: only values may' };
  const separator = /[./]/.exec(text)?.[0] ?? '.';
  const swapped = (part: string) => (separator === '.' ? part.replaceAll('/', '.') : part);
  const parts = text.split(separator).map(swapped);
  if (parts[0] !== 'net' || parts.length < 3) return { complaint: 'names no parameter below net.' };
  if (parts.includes('')) return { complaint: 'has an empty part' };
  const odd = parts.find((part) => !/^[A-Za-z0-9_.:@+=-]+$/.test(part) || /^\.+$/.test(part));
  if (odd !== undefined) return { complaint: `has the part "${odd}", which names no file below /proc/sys` };
  return { key: parts.map((part) => part.replaceAll('.', '/')).join('.') };
}

/** A value as the kernel prints it but for its tabs: words with single blanks between them. */
export function normaliseSysctlValue(text: string): string {
  return text.trim().replace(/[ \t]+/g, ' ');
}

/** What makes a value unfit, as the end of the sentence `it …`; undefined when it is fit. */
export function complaintAboutValue(value: string): string | undefined {
  if (value === '') return 'is empty';
  if (/[\n\r]/.test(value)) return 'holds a line break';
  if (!/^[\x20-\x7e]+$/.test(value)) return 'holds a character that the kernel would not print';
  return /^(true|false|yes|no|on|off)$/i.test(value)
    ? 'is no value of the kernel: it knows 1 and 0'
    : undefined;
}
