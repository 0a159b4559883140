/**
 * Text that renders to exactly this text. Of a template only `{{` means anything, so one brace of each pair becomes an expression, and a backslash
 * before an expression is doubled, as Handlebars would take it for an escape.
 */
export function escapeForTemplate(text: string): string {
  return text.replace(/(\\*)\{(?=\{)/g, (_, slashes: string) => {
    const written = slashes === '' ? '' : `${slashes}\\`;
    return `${written}{{"{"}}`;
  });
}
