import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { GrpcFailure } from './grpc-status.ts'
import { trailersOf } from './grpc-status.ts'
import { encodings } from './message-frames.ts'

const okHeaders = { ':status': 200, 'content-type': 'application/grpc', 'grpc-accept-encoding': encodings }
const okTrailers = { 'grpc-status': '0' }

/** Sends the head of an answer that messages and trailers follow. */
export function sendHead(stream: ServerHttp2Stream, encoding: string | undefined): void {
  stream.respond(encoding === undefined ? { ...okHeaders } : { ...okHeaders, 'grpc-encoding': encoding }, {
    waitForTrailers: true,
  })
}

/** Ends an answer whose head is sent, well or badly. */
export function sendEnd(stream: ServerHttp2Stream, lastFrame: Buffer | undefined, failure?: GrpcFailure): void {
  const trailers: OutgoingHttpHeaders = failure === undefined ? okTrailers : trailersOf(failure)
  stream.once('wantTrailers', () => stream.sendTrailers(trailers))
  if (lastFrame === undefined) stream.end()
  else stream.end(lastFrame)
}

/** Says no: in the head where it is not sent yet, else in the trailers. */
export function sendFailure(stream: ServerHttp2Stream, failure: GrpcFailure): void {
  if (stream.destroyed || stream.writableEnded) return
  if (stream.headersSent) sendEnd(stream, undefined, failure)
  else
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...trailersOf(failure) }, { endStream: true })
  // What the caller still sends is not for us: it may stop.
  stream.resume()
}
