/** A piece of a line of Markdown. */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'em' | 'strike'; inline: Inline[] }
  | { kind: 'link'; to: string; inline: Inline[] }

interface Rule {
  readonly pattern: RegExp
  readonly make: (match: RegExpExecArray, depth: number) => Inline
}

const MOST_NESTED = 5
const text = (says: string): Inline => ({ kind: 'text', text: says })

const rules: readonly Rule[] = [
  { pattern: /\\([\\`*_{}[\]()#+\-.!|<>~])/, make: ([, sign = '']) => text(sign) },
  { pattern: /(`+)(.+?)(?<!`)\1(?!`)/, make: ([, , code = '']) => ({ kind: 'code', text: code.trim() }) },
  { pattern: /!?\[([^\]]*)\]\(\s*<?([^)\s>]*)>?(?:\s+"[^"]*")?\s*\)/, make: linkOf },
  {
    pattern: /<?(https?:\/\/[^\s<>)\]]+[^\s<>)\].,;:!?'"])>?/,
    make: ([, to = '']) => ({ kind: 'link', to, inline: [text(to)] }),
  },
  { pattern: /\*\*(?=\S)(.+?)(?<=\S)\*\*/, make: ([, inside = ''], depth) => spanOf('strong', inside, depth) },
  { pattern: /~~(?=\S)(.+?)(?<=\S)~~/, make: ([, inside = ''], depth) => spanOf('strike', inside, depth) },
  {
    pattern: /(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=\S)\*(?![\w*])/,
    make: ([, inside = ''], depth) => spanOf('em', inside, depth),
  },
  { pattern: /(?<!\w)_(?=\S)([^_]+?)(?<=\S)_(?!\w)/, make: ([, inside = ''], depth) => spanOf('em', inside, depth) },
]

function spanOf(kind: 'strong' | 'em' | 'strike', inside: string, depth: number): Inline {
  return { kind, inline: parseInline(inside, depth + 1) }
}

function linkOf([, says = '', to = '']: RegExpExecArray, depth: number): Inline {
  const inline = parseInline(says === '' ? to : says, depth + 1)
  const safe = safeAddress(to)
  return safe === null ? { kind: 'em', inline } : { kind: 'link', to: safe, inline }
}

/** An address that a click may follow: http, https, mailto, or one without a scheme. Null for any other. */
export function safeAddress(to: string): string | null {
  // What browsers leave out of an address must not hide a scheme.
  const bare = Array.from(to, (sign) => (sign.charCodeAt(0) <= 32 ? '' : sign)).join('')
  if (bare.startsWith('//')) return null
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(bare)?.[1]?.toLowerCase()
  return scheme === undefined || ['http', 'https', 'mailto'].includes(scheme) ? bare : null
}

/** Reads emphasis, code and links of one paragraph. Tags are text. */
export function parseInline(source: string, depth = 0): Inline[] {
  if (depth > MOST_NESTED) return [text(source)]
  const pieces: Inline[] = []
  let rest = source
  while (rest !== '') {
    const found = firstOf(rest)
    if (found === null) break
    if (found.match.index > 0) pieces.push(text(rest.slice(0, found.match.index)))
    pieces.push(found.rule.make(found.match, depth))
    rest = rest.slice(found.match.index + found.match[0].length)
  }
  return rest === '' ? pieces : [...pieces, text(rest)]
}

function firstOf(source: string): { rule: Rule; match: RegExpExecArray } | null {
  let best: { rule: Rule; match: RegExpExecArray } | null = null
  for (const rule of rules) {
    const match = rule.pattern.exec(source)
    if (match !== null && (best === null || match.index < best.match.index)) best = { rule, match }
  }
  return best
}
