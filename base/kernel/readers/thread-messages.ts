import { Problem } from '@millrace/contract'

/** What a thread is started with. */
export interface ThreadStart {
  readonly file: string
  /** One 32-bit integer: the id of the read that nobody waits for any more. */
  readonly cancelled: SharedArrayBuffer
}

/** One read, as it goes to a thread. */
export interface ThreadRequest {
  readonly id: number
  readonly module: string
  readonly name: string
  readonly input: unknown
}

/** An error as it crosses between threads: a problem keeps its code, status and parameters. */
export type SentError =
  | { readonly problem: { code: string; status: number; message: string; params: Record<string, unknown> } }
  | { readonly fault: { message: string; stack: string } }

export type ThreadReply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: SentError }

export function sendError(error: unknown): SentError {
  if (error instanceof Problem) {
    const { code, status, message, params } = error
    return { problem: { code, status, message, params: { ...params } } }
  }
  const fault = error instanceof Error ? error : new Error(String(error))
  return { fault: { message: fault.message, stack: fault.stack ?? '' } }
}

export function receiveError(sent: SentError): Error {
  if ('problem' in sent) {
    const { code, status, message, params } = sent.problem
    return new Problem(code, status, message, params)
  }
  const error = new Error(sent.fault.message)
  error.stack = sent.fault.stack
  return error
}
