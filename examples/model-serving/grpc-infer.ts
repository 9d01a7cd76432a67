/**
 * Asks an endpoint by Open Inference's gRPC, with Node alone: `inference.GRPCInferenceService/ModelInfer`.
 *
 *     node grpc-infer.ts http://127.0.0.1:7401 ENDPOINT TIME DISTANCE
 *
 * Prints the probability. https://github.com/open-inference/open-inference-protocol
 */
import { connect } from 'node:http2'
import { bytes, fieldsOf, floats, message, numbers, text } from './protobuf.ts'

const [url = '', model = '', ...values] = process.argv.slice(2)

const input = (name: string) => message(text(1, name), text(2, 'FP32'), numbers(3, 1), numbers(3, 1))
const request = message(
  text(1, model),
  ...['time', 'distance'].map((name) => bytes(5, input(name))),
  ...values.map((value) => bytes(7, floats([Number(value)]))),
)
// A gRPC message is one byte for compression, four for the length, then the bytes.
const head = Buffer.alloc(5)
head.writeUInt32BE(request.byteLength, 1)

const session = connect(url)
const stream = session.request({
  ':method': 'POST',
  ':path': '/inference.GRPCInferenceService/ModelInfer',
  'content-type': 'application/grpc',
  te: 'trailers',
})
let status: unknown
stream.on(
  'trailers',
  (trailers: Readonly<Record<string, unknown>>) =>
    (status = `${String(trailers['grpc-status'])} ${String(trailers['grpc-message'])}`),
)
stream.end(Buffer.concat([head, request]))
const parts: Buffer[] = []
for await (const part of stream) parts.push(part as Buffer) // http2's own
session.close()
const [raw] = fieldsOf(Buffer.concat(parts).subarray(5), 6)
if (raw === undefined) throw new Error(`The server answered with gRPC status ${String(status)}.`)
console.log(raw.readFloatLE(0))
