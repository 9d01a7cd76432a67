import { slugOf } from '@millrace/ui/markdown'

export interface Passage {
  key: string
  title: string
  /** The heading it stands under, and its name in the address. */
  heading: string
  anchor: string
  text: string
}

const SHOWN = 40
const AROUND = 80

/** Finds the passages that hold every word, those under a heading that holds one first. */
export function searchDocuments(
  texts: readonly { key: string; title: string; text: string }[],
  query: string,
): readonly Passage[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  const found = texts.flatMap(({ key, title, text }) =>
    sectionsOf(text)
      .filter(({ heading, body }) => holdsAll(`${title} ${heading} ${body}`, words))
      .map(({ heading, body }) => ({
        worth: holdsAll(heading, words) ? 2 : words.some((word) => heading.toLowerCase().includes(word)) ? 1 : 0,
        passage: { key, title, heading, anchor: slugOf(heading), text: excerpt(body, words[0] ?? '') },
      })),
  )
  return found
    .toSorted((a, b) => b.worth - a.worth)
    .slice(0, SHOWN)
    .map(({ passage }) => passage)
}

const holdsAll = (text: string, words: readonly string[]) => {
  const lower = text.toLowerCase()
  return words.every((word) => lower.includes(word))
}

function sectionsOf(text: string): { heading: string; body: string }[] {
  return text.split(/^(?=#{1,4} )/m).map((part) => {
    const [first = '', ...rest] = part.split('\n')
    return first.startsWith('#')
      ? { heading: first.replace(/^#+\s+/, ''), body: rest.join(' ') }
      : { heading: '', body: part }
  })
}

function excerpt(body: string, word: string): string {
  const line = body
    .replaceAll(/[`*|#>]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  const at = Math.max(0, line.toLowerCase().indexOf(word) - AROUND)
  return `${at > 0 ? '…' : ''}${line.slice(at, at + 2 * AROUND)}${line.length > at + 2 * AROUND ? '…' : ''}`
}
