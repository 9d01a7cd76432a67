import { Problem } from '@millrace/contract'
import { planeProblem } from '../plane-problems.ts'
import type { WireAnswer } from '../plane-dialect.ts'
import type { GrpcCall } from './grpc-call.ts'
import { metadataText } from './grpc-call.ts'
import { failureOf } from './grpc-status.ts'
import type { Frame } from './message-frames.ts'
import { answerEncoding, decompress, encodedFrame, FrameReader } from './message-frames.ts'
import { sendEnd, sendFailure, sendHead } from './send-answer.ts'
import { cutShort } from './unary-call.ts'

/** Messages of one stream that may be under way at once; the caller waits beyond them. */
const mostUnderWay = 64

/**
 * Serves a call of many messages: each is answered on its own, several are under way at once so that they share the
 * model's runs, and the answers go out in the order of the messages.
 */
export function serveStream(call: GrpcCall): void {
  const { stream } = call
  const reader = new FrameReader(call.limitBytes)
  const end = { refused: false }
  let last: Promise<void> = Promise.resolve()
  let underWay = 0
  const refuse = (error: unknown) => {
    if (!end.refused && !call.asker.isGone()) sendFailure(stream, failureOf(error))
    end.refused = true
  }
  const take = (frame: Frame) => {
    underWay += 1
    if (underWay >= mostUnderWay) stream.pause()
    const answer = answerOf(call, frame)
    answer.catch(() => {}) // looked at in its turn
    const before = last
    last = before
      .then(async () => (end.refused || call.asker.isGone() ? undefined : sendMessages(call, frame, await answer)))
      .finally(() => {
        underWay -= 1
        if (underWay < mostUnderWay) stream.resume()
      })
    last.catch(refuse)
  }
  sendHead(stream, answerEncoding(metadataText(call.headers, 'grpc-encoding'), call.headers['grpc-accept-encoding']))
  stream.on('data', (data: Buffer) => {
    if (end.refused) return
    try {
      reader.push(data, take)
    } catch (error) {
      refuse(error)
    }
  })
  stream.once('end', () => {
    if (!reader.isWhole()) refuse(cutShort())
    void last.then(
      () => {
        if (!end.refused && !call.asker.isGone()) sendEnd(stream, undefined)
      },
      () => {}, // refused already
    )
  })
}

/** A message's answer; where the protocol has messages for refusals, that. */
async function answerOf(call: GrpcCall, frame: Frame): Promise<WireAnswer> {
  const { headers, method, asker } = call
  try {
    const message = await decompress(frame, metadataText(headers, 'grpc-encoding'), call.limitBytes)
    return await call.answer(method.call(message, headers, asker.isGone), message, asker)
  } catch (error) {
    const problem = error instanceof Problem ? error : planeProblem.internal({}, error)
    const said = { status: problem.status, sentence: problem.message, code: problem.code }
    const body = method.refuse?.(said, headers)
    if (body === undefined) throw error
    if (problem.status === 500) failureOf(error)
    return { status: 200, headers: {}, body }
  }
}

async function sendMessages(call: GrpcCall, frame: Frame, { body }: WireAnswer): Promise<void> {
  const { headers } = call
  const encoding = frame.compressed
    ? answerEncoding(metadataText(headers, 'grpc-encoding'), headers['grpc-accept-encoding'])
    : undefined
  const messages = typeof body === 'string' || body instanceof Uint8Array ? [body] : body
  for await (const message of messages) {
    if (call.asker.isGone()) return
    const bytes = typeof message === 'string' ? Buffer.from(message) : message
    await write(call, await encodedFrame(bytes, encoding))
  }
}

/** Resolves when the caller keeps up, or has gone. */
function write({ stream }: GrpcCall, frame: Buffer): Promise<void> {
  if (stream.destroyed || stream.write(frame)) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done)
      stream.off('close', done)
      resolve()
    }
    stream.once('drain', done)
    stream.once('close', done)
  })
}
