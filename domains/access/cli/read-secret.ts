/** Reads a secret from standard input, without the line's end: what stands in a command line is seen by others. */
export async function readSecret(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Password, then Enter and Ctrl-D: ')
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(Buffer.from(part as Buffer)) // standard input has no encoding set
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}
