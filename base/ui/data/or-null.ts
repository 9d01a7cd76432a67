import { Problem } from './problem.ts'

/** Null where the server has no such thing (404) or cannot say now (503); every other problem is thrown. */
export async function orNull<Value>(asked: Promise<Value>): Promise<Value | null> {
  try {
    return await asked
  } catch (thrown) {
    if (thrown instanceof Problem && (thrown.status === 404 || thrown.status === 503)) return null
    throw thrown
  }
}
