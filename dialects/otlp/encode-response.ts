/** An ExportTraceServiceResponse that says how many spans were rejected, in protocol buffers' binary form. */
export function encodePartialSuccess(rejected: number, message: string): Buffer {
  const text = Buffer.from(message, 'utf8')
  // partial_success { rejected_spans = 1 (int64), error_message = 2 (string) } is the response's field 1.
  const inner = Buffer.concat([Buffer.from([0x08]), varint(rejected), Buffer.from([0x12]), varint(text.length), text])
  return Buffer.concat([Buffer.from([0x0a]), varint(inner.length), inner])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}
