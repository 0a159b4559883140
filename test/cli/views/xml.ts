export type Element = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
};

/** Reads the XML that a strict parser would take: one root, matched tags, no bare `<` or `&`, no character that XML 1.0 excludes. */
export function readXml(document: string): Element {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 excludes.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(document))
    throw new Error('a character that no XML document may hold');
  const text = document.replace(/^<\?xml version="1.0" encoding="UTF-8"\?>\n/, '');
  const tag = /<(\/?)([A-Za-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>/y;
  let at = 0;
  const read = (): Element => {
    tag.lastIndex = at;
    const match = tag.exec(text);
    if (match === null || match[1] === '/') throw new Error(`no tag at: ${text.slice(at, at + 40)}`);
    at = tag.lastIndex;
    const [, , name = '', written = '', isEmpty] = match;
    const attributes = Object.fromEntries(
      [...written.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, plain(value)]),
    );
    const children: Element[] = [];
    let content = '';
    while (isEmpty !== '/') {
      const next = text.indexOf('<', at);
      if (next === -1) throw new Error(`${name} is not closed`);
      content += plain(text.slice(at, next));
      at = next;
      if (text.startsWith(`</${name}>`, at)) {
        at += name.length + 3;
        break;
      }
      children.push(read());
    }
    return { name, attributes, children, text: content };
  };
  const root = read();
  if (text.slice(at).trim() !== '') throw new Error(`after the root: ${text.slice(at)}`);
  return root;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#10': '\n' };

function plain(text: string): string {
  return text.replace(/&([^;]*);?/g, (whole, name: string) => {
    const character = ENTITIES[name];
    if (character === undefined || !whole.endsWith(';')) throw new Error(`no entity: ${whole}`);
    return character;
  });
}
