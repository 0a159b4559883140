import type { Settings } from '../settings/settings.ts';

const EXTENSIONS = '.pyc .pyo .swp .bak ~ .rpm .md .txt .rst .orig .ini .cfg .retry'.split(' ');

/** Names that Ansible passes over in a directory of inventories; extensions and patterns may come from ansible.cfg. */
export function ignoredNames(
  settings?: Pick<Settings, 'inventoryIgnoreExtensions' | 'inventoryIgnorePatterns'>,
): RegExp {
  const extensions = settings?.inventoryIgnoreExtensions.value ?? EXTENSIONS;
  const patterns = settings?.inventoryIgnorePatterns.value ?? [];
  const endings = extensions.map((extension) => `${extension.replace(/[$()*+.?[\\\]^{|}/]/g, '\\$&')}$`);
  return new RegExp(
    ['^\\.', '^(?:host_vars|group_vars|vars_plugins)$', ...patterns, ...endings].join('|'),
    'u',
  );
}
