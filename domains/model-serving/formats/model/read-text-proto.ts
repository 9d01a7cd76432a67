/** A message of protobuf's text format: every field with all of its values, in order. */
export interface TextMessage {
  readonly [field: string]: readonly (string | number | boolean | TextMessage)[]
}

type Value = TextMessage[string][number]

const token =
  /\s+|#[^\n]*|([A-Za-z_][\w.]*|[-+]?(?:\d[\w.+-]*|\.\d\w*))|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|([{}<>[\]:,;])/gy

/** Reads text as Triton's `config.pbtxt` has it. Throws a RangeError with the line that cannot be read. */
export function readTextProto(text: string): TextMessage {
  const reader = new Tokens(text)
  const message = readFields(reader, undefined)
  return message
}

class Tokens {
  readonly #tokens: { text: string; at: number }[] = []
  readonly #source: string
  #next = 0

  constructor(source: string) {
    this.#source = source
    let at = 0
    while (at < source.length) {
      token.lastIndex = at
      const found = token.exec(source)
      if (found === null) throw this.wrong(at)
      const text = found[1] ?? found[2] ?? found[3]
      if (text !== undefined) this.#tokens.push({ text, at })
      at = token.lastIndex
    }
  }

  peek(): string | undefined {
    return this.#tokens[this.#next]?.text
  }

  take(): string {
    const found = this.#tokens[this.#next]
    if (found === undefined) throw this.wrong(this.#source.length)
    this.#next += 1
    return found.text
  }

  /** Takes it where it is next. */
  skip(text: string): boolean {
    if (this.peek() !== text) return false
    this.#next += 1
    return true
  }

  wrong(at = this.#tokens[this.#next - 1]?.at ?? 0): RangeError {
    return new RangeError(`line ${this.#source.slice(0, at).split('\n').length} is no protobuf text`)
  }
}

const deepest = 64

function readFields(tokens: Tokens, end: string | undefined, depth = 0): TextMessage {
  if (depth > deepest) throw tokens.wrong()
  const message: Record<string, Value[]> = {}
  while (tokens.peek() !== end) {
    const name = tokens.take()
    if (!/^[A-Za-z_]/.test(name)) throw tokens.wrong()
    tokens.skip(':')
    const values = tokens.skip('[') ? readList(tokens, depth) : [readValue(tokens, depth)]
    message[name] = [...(message[name] ?? []), ...values]
    if (!tokens.skip(',')) tokens.skip(';')
  }
  return message
}

function readList(tokens: Tokens, depth: number): Value[] {
  const values: Value[] = []
  while (!tokens.skip(']')) {
    values.push(readValue(tokens, depth))
    tokens.skip(',')
  }
  return values
}

function readValue(tokens: Tokens, depth: number): Value {
  const text = tokens.take()
  if (text === '{' || text === '<') {
    const end = text === '{' ? '}' : '>'
    const message = readFields(tokens, end, depth + 1)
    tokens.take()
    return message
  }
  if (/^["']/.test(text)) return readTexts(tokens, text)
  if (text === 'true' || text === 'false') return text === 'true'
  if (/^[-+\d.]/.test(text)) return Number(text.replace(/f$/, ''))
  if (/^[A-Za-z_]/.test(text)) return text
  throw tokens.wrong()
}

/** Texts that stand side by side are one. */
function readTexts(tokens: Tokens, first: string): string {
  let joined = unquoted(first)
  while (/^["']/.test(tokens.peek() ?? '')) joined += unquoted(tokens.take())
  return joined
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_all, char: string) => escapes[char] ?? char)
}
