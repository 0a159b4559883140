/** A set's name and the parts of a packet that are looked up in it: `blocked src,dst`. */
export function setFlags(name: string, flags: string): string | undefined {
  const parts = flags.split(',');
  const isRight = /^[\w.:+-]{1,31}$/.test(name) && !name.startsWith(':') && !name.startsWith('-');
  return isRight && parts.length <= 6 && parts.every((part) => part === 'src' || part === 'dst')
    ? `${name} ${flags}`
    : undefined;
}
