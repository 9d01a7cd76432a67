import { crc32 } from 'node:zlib'

/**
 * One event of Amazon's event stream encoding: lengths and their CRC, headers, payload, CRC of all.
 * https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html (application/vnd.amazon.eventstream)
 */
export function eventMessage(headers: Readonly<Record<string, string>>, payload: Uint8Array): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => headerBytes(name, value)))
  const prelude = Buffer.alloc(12)
  prelude.writeUInt32BE(16 + head.length + payload.length, 0)
  prelude.writeUInt32BE(head.length, 4)
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8)
  const message = Buffer.concat([prelude, head, payload])
  const end = Buffer.alloc(4)
  end.writeUInt32BE(crc32(message))
  return Buffer.concat([message, end])
}

/** A header of type 7, a text with a length of 16 bits. */
function headerBytes(name: string, value: string): Buffer {
  const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)]
  const lengths = Buffer.alloc(3)
  lengths[0] = 7
  lengths.writeUInt16BE(valueBytes.length, 1)
  return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, lengths, valueBytes])
}

const partHeaders = {
  ':event-type': 'PayloadPart',
  ':content-type': 'application/octet-stream',
  ':message-type': 'event',
}

/** An answer's body as the events of InvokeEndpointWithResponseStream. */
export async function* payloadParts(
  body: string | Uint8Array | AsyncIterable<string | Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const pieces = typeof body === 'string' || body instanceof Uint8Array ? [body] : body
  for await (const piece of pieces) {
    yield eventMessage(partHeaders, typeof piece === 'string' ? Buffer.from(piece) : piece)
  }
}
