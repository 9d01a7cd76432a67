import type { RawAnswer, Signature } from '@millrace/model-serving/plane'
import { datatypes } from '@millrace/model-serving/plane'
import { z } from 'zod'

const Spec = z.object({ name: z.string(), datatype: z.enum(datatypes), shape: z.array(z.int().min(-1)) })

/** What a worker says of the model that it has loaded. */
export const LoadedModel = z.object({
  platform: z.string(),
  inputs: z.array(Spec),
  outputs: z.array(Spec),
  raw: z.boolean(),
})
export type LoadedModel = z.infer<typeof LoadedModel>

export const Reason = z.object({ reason: z.string(), mistake: z.boolean().default(false) })

export const AnswerHead = z.object({
  status: z.int().min(100).max(599),
  headers: z.record(z.string(), z.string()),
  whole: z.boolean(),
})

export type AnswerHead = z.infer<typeof AnswerHead>

/** The signature that a worker has found. */
export function signatureOf({ inputs, outputs }: LoadedModel): Signature {
  return { inputs, outputs }
}

/** An answer in pieces: filled by frames as they come, read by one consumer. */
export interface PieceStream {
  readonly body: NonNullable<Extract<RawAnswer['body'], AsyncIterable<Uint8Array>>>
  push(piece: Uint8Array): void
  end(error?: Error): void
}

/** Makes a stream. `onFull` and `onDrained` hold the source back while much waits; `onLeft` when the consumer stops early. */
export function createPieceStream(source: { hold(): void; release(): void; left(): void }): PieceStream {
  const pieces: Uint8Array[] = []
  let waitingBytes = 0
  let ended: { error: Error | undefined } | undefined
  let wake = () => {}
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      while (true) {
        const piece = pieces.shift()
        if (piece !== undefined) {
          waitingBytes -= piece.byteLength
          if (waitingBytes < heldAtBytes) source.release()
          yield piece
        } else if (ended === undefined) await new Promise<void>((resolve) => (wake = resolve))
        else break
      }
      if (ended.error !== undefined) throw ended.error
    } finally {
      if (ended === undefined) source.left()
      source.release()
    }
  }
  return {
    body: read(),
    push: (piece) => {
      pieces.push(piece)
      waitingBytes += piece.byteLength
      if (waitingBytes >= heldAtBytes) source.hold()
      wake()
    },
    end: (error) => {
      ended = { error }
      wake()
    },
  }
}

const heldAtBytes = 4 * 1024 * 1024
