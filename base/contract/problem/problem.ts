/** What a problem says besides its sentence. Values are shown to the user, so they carry no secrets. */
export type ProblemParams = Readonly<Record<string, unknown>>

/** One way a domain says no: the HTTP status it answers with and the sentence the user reads. */
export interface ProblemDefinition<P extends ProblemParams> {
  readonly status: number
  readonly say: (params: P) => string
}

/** The error a person reads: a closed code, an HTTP status, a sentence; `cause` goes to the log alone. */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly params: ProblemParams
  constructor(code: string, status: number, sentence: string, params: ProblemParams = {}, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause })
    this.name = 'Problem'
    this.code = code
    this.status = status
    this.params = params
  }
}

/** Makes a `Problem` of one catalogue entry; `code` and `status` can be read without making one. */
export interface ProblemFactory<P extends ProblemParams = ProblemParams> {
  (params: P, cause?: unknown): Problem
  readonly code: string
  readonly status: number
  /** True when `error` is a problem of this code. */
  is(error: unknown): error is Problem
}

type ParamsOf<D> = D extends ProblemDefinition<infer P> ? P : never

const catalogue = new Map<string, { status: number; sentence: string }>()

/** Names stand for texts; where a sentence lists what it is given, they stand for lists of one. */
function exampleSentence(definition: ProblemDefinition<never>): string {
  const named = new Proxy({}, { get: (_target, key) => `{${String(key)}}` })
  const listed = new Proxy({}, { get: (_target, key) => [`{${String(key)}}`] })
  for (const params of [named, listed]) {
    try {
      return definition.say(params as never)
    } catch {
      // It wants another form.
    }
  }
  return ''
}

/** Declares the closed catalogue of a domain: `problems('datasets', { 'not-found': { status: 404, say } })`. Codes read `datasets/not-found`. */
export function problems<const D extends Record<string, ProblemDefinition<never>>>(
  domain: string,
  definitions: D,
): { readonly [K in keyof D]: ProblemFactory<ParamsOf<D[K]>> } {
  const entries = Object.entries(definitions).map(([name, definition]) => {
    const code = `${domain}/${name}`
    catalogue.set(code, { status: definition.status, sentence: exampleSentence(definition) })
    const make = (params: never, cause?: unknown) =>
      new Problem(code, definition.status, definition.say(params), params, cause)
    const is = (error: unknown): error is Problem => error instanceof Problem && error.code === code
    return [name, Object.assign(make, { code, status: definition.status, is })]
  })
  // Object.fromEntries forgets the literal keys that `definitions` has.
  return Object.fromEntries(entries) as { readonly [K in keyof D]: ProblemFactory<ParamsOf<D[K]>> }
}

/** Every problem code declared by the modules loaded so far, for the generated error catalogue. */
export function declaredProblems(): ReadonlyMap<string, { status: number; sentence: string }> {
  return catalogue
}
