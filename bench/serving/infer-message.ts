import { once } from 'node:events'
import { connect } from 'node:http2'

/** A tensor of one row of 32-bit floats. */
export interface Row {
  readonly name: string
  readonly values: readonly number[]
}

/** A `ModelInferRequest` with raw contents, framed as gRPC sends it. Field numbers: Open Inference's grpc_service.proto. */
export function inferMessage(model: string, rows: readonly Row[]): Buffer {
  const message = Buffer.concat([
    field(1, Buffer.from(model)),
    ...rows.map(({ name, values }) =>
      field(5, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from('FP32')), shape(values.length)])),
    ),
    ...rows.map(({ values }) => field(7, Buffer.from(Float32Array.from(values).buffer))),
  ])
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

/** All lengths here are below 128, so each is one byte. */
function field(number: number, bytes: Buffer): Buffer {
  if (bytes.length > 127) throw new RangeError('A message of this benchmark has short fields.')
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes])
}

const shape = (width: number) => field(3, Buffer.from([1, width]))

export const inferPath = '/inference.GRPCInferenceService/ModelInfer'

/** Sends the message once. Throws with the status where it is not answered: a load generator sees HTTP's status alone. */
export async function checkInfer(url: string, message: Buffer): Promise<void> {
  const session = connect(url)
  session.on('error', () => {})
  const stream = session.request({
    ':method': 'POST',
    ':path': inferPath,
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  let said = 'no status'
  let bytes = 0
  stream.on('trailers', (trailers: Readonly<Record<string, string | undefined>>) => {
    said = `${trailers['grpc-status'] ?? 'unknown'} ${trailers['grpc-message'] ?? ''}`
  })
  stream.on('data', (part: Buffer) => void (bytes += part.length))
  stream.end(message)
  await once(stream, 'close')
  session.close()
  if (bytes === 0 || !said.startsWith('0')) throw new Error(`${url} answered with gRPC status ${said}.`)
}
