import { parseAddress } from './address.ts';
import type { InventoryDraft } from './draft.ts';

/** Reads an inline list `h1,h2:2222,` as `-i` takes it: hosts without a group, no ranges. */
export function parseInlineHosts(text: string, draft: InventoryDraft): void {
  for (const part of text.split(',')) {
    const entry = part.trim();
    if (entry === '') continue;
    const address = parseAddress(entry);
    const { host, port } = address === undefined || address.host.includes('[') ? { host: entry } : address;
    if (!draft.hosts.has(host)) draft.addHost(host, 'ungrouped', { file: text }, port);
  }
}
