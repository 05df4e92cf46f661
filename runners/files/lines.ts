/** Long texts line by line: encoded in pieces, so that memory does not grow with their length. */

/** Lines that are encoded at once. */
const GROUP = 1000;

/** The bytes of the lines, each behind the one before and a line feed. */
export function* encodedLines(lines: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let before = "";
  let group: string[] = [];
  for (const line of lines) {
    group.push(line);
    if (group.length < GROUP) continue;
    yield encoder.encode(before + group.join("\n"));
    before = "\n";
    group = [];
  }
  if (group.length > 0) yield encoder.encode(before + group.join("\n"));
}
