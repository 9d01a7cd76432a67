import type { FastifyInstance } from 'fastify'
import { kernelProblem } from '../actions/kernel-problems.ts'

/** Reads JSON bodies: `kernel/malformed-json` with the place of the fault; an empty body is no body. */
export function parseJsonBody(app: FastifyInstance): void {
  app.removeContentTypeParser(['application/json', 'text/plain'])
  for (const type of ['application/json', /^application\/[\w.+-]+\+json$/]) {
    app.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) => {
      try {
        done(null, parseJson(String(body)))
      } catch (error) {
        done(error as Error) // parseJson throws nothing but problems
      }
    })
  }
}

/** JSON.parse with a sentence, and without U+0000, which PostgreSQL cannot store. */
export function parseJson(text: string): unknown {
  if (text === '') return undefined
  if (text.includes('\\u0000'))
    throw kernelProblem['malformed-json']({ reason: 'it holds the character U+0000, which cannot be stored' })
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw kernelProblem['malformed-json']({ reason: reason.slice(0, 300) }, error)
  }
}
