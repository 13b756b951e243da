/**
 * Whether a logger's name, or one above it (`app.db` for `app.db.pool`), is what `pattern` stands for: a name with `*` for
 * any run of characters. In time linear in both, whatever they are.
 */
export function matches(pattern: string, name: string): boolean {
  const [head = '', ...pieces] = pattern.split('*');
  if (!name.startsWith(head)) return false;
  const last = pieces.pop();
  if (last === undefined) return name.length === head.length || name[head.length] === '.';
  let at = head.length;
  for (const piece of pieces) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return last === '' || (name.length - last.length >= at && name.endsWith(last)) || name.includes(`${last}.`, at);
}
