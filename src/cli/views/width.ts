/** Cuts a line, which may hold colours, to a number of terminal columns; a cut line ends in `…`. */
export function cut(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  if (columns < 1) return '';
  let width = 0;
  let kept = '';
  let isFull = false;
  for (const piece of pieces(line)) {
    const pieceWidth = widthOfPiece(piece);
    if (isFull || (pieceWidth > 0 && width + pieceWidth > columns - 1)) {
      if (!isFull) kept += '…';
      isFull = true;
      // Colours are closed even where the text they hold is cut away.
      if (isColour(piece)) kept += piece;
    } else {
      kept += piece;
      width += pieceWidth;
    }
  }
  return kept;
}

/** The columns a line takes on a terminal: colours none, East Asian wide characters and emoji two. */
export function widthOf(line: string): number {
  let width = 0;
  for (const piece of pieces(line)) width += widthOfPiece(piece);
  return width;
}

function pieces(line: string): readonly string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what colours start with.
  return line.match(/\x1b\[[0-9;]*m|./gsu) ?? [];
}

function isColour(piece: string): boolean {
  return piece.startsWith('\x1b[') && piece.length > 2;
}

function widthOfPiece(piece: string): number {
  if (piece.length === 1 && piece >= ' ' && piece <= '~') return 1;
  if (isColour(piece) || /^[\p{Mn}\p{Me}]$/u.test(piece)) return 0;
  return WIDE.test(piece) ? 2 : 1;
}

/** Errs towards two columns: a line cut too early is better than one that wraps. */
const WIDE =
  /[\p{Emoji_Presentation}\p{Extended_Pictographic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uff60\uffe0-\uffe6]/u;
