import type { Problem } from '@millrace/contract'
import { planeProblem } from '../plane-problems.ts'
import type { GrpcCall } from './grpc-call.ts'
import { metadataText } from './grpc-call.ts'
import { failureOf, grpcCode } from './grpc-status.ts'
import type { Frame } from './message-frames.ts'
import { answerEncoding, decompress, encodedFrame, FrameReader } from './message-frames.ts'
import { sendEnd, sendFailure, sendHead } from './send-answer.ts'

/** Serves a call of one message in and one out. */
export function serveUnary(call: GrpcCall): void {
  const { stream, limitBytes } = call
  const reader = new FrameReader(limitBytes)
  let only: Frame | undefined
  let refused = false
  const refuse = (error: unknown) => {
    refused = true
    if (!call.asker.isGone()) sendFailure(stream, failureOf(error))
  }
  const take = (frame: Frame) => {
    if (only !== undefined) throw planeProblem.encoding({ reason: 'a second message came in a call that takes one' })
    only = frame
  }
  stream.on('data', (data: Buffer) => {
    if (refused) return
    try {
      reader.push(data, take)
    } catch (error) {
      refuse(error)
    }
  })
  stream.once('end', () => {
    if (refused || call.asker.isGone()) return
    if (only !== undefined && reader.isWhole()) void answerOne(call, only).catch(refuse)
    else refuse(cutShort())
  })
}

/** The stream ended before its message did. */
export function cutShort(): Problem {
  return planeProblem.encoding({ reason: 'the call ended in the middle of a message' })
}

async function answerOne(call: GrpcCall, frame: Frame): Promise<void> {
  const { stream, headers, method, asker } = call
  const encoding = metadataText(headers, 'grpc-encoding')
  const message = frame.compressed ? await decompress(frame, encoding, call.limitBytes) : frame.message
  const { body } = await call.answer(method.call(message, headers, asker.isGone), message, asker)
  if (call.asker.isGone()) return
  if (!(body instanceof Uint8Array)) {
    sendFailure(stream, { code: grpcCode.internal, sentence: 'The answer of this call is no message.' })
    return
  }
  const agreed = frame.compressed ? answerEncoding(encoding, headers['grpc-accept-encoding']) : undefined
  const answer = encodedFrame(body, agreed)
  const framed = answer instanceof Promise ? await answer : answer
  if (call.asker.isGone()) return
  sendHead(stream, agreed)
  sendEnd(stream, framed)
}
