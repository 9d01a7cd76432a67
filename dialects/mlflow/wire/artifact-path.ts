import { invalid } from './mlflow-error.ts'

/**
 * A path of artifacts as MLflow reads it: decoded until nothing changes, so that traversal cannot hide in encodings.
 * Throws "Invalid path" for one that is absolute, leads up, or has a backslash, a `#` or a control character.
 */
export function safePath(path: string): string {
  const plain = decodedFully(path)
  const isAbsolute = plain.startsWith('/') || /^[A-Za-z]:\//.test(plain) || /^file:/i.test(plain)
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const hasBadCharacter = /[#\\\u0000-\u001f\u007f]/.test(plain)
  if (isAbsolute || hasBadCharacter || plain.split('/').includes('..')) throw invalid('Invalid path')
  return plain
}

/** The same for a folder: a slash at its end means nothing. */
export function safeFolder(path: string): string {
  return safePath(path).replaceAll(/^\.(\/|$)|\/+$/g, '')
}

function decodedFully(path: string): string {
  let plain = path
  for (let round = 0; round < 10; round += 1) {
    const next = decoded(plain)
    if (next === plain) return plain
    plain = next
  }
  throw invalid('Invalid path')
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path // a percent sign that begins no code stands for itself
  }
}

const texts = new Set(
  'txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml xml json js py py3 csv tsv md rst ipynb MLmodel MLproject mlproject'.split(
    ' ',
  ),
)

/** The type MLflow gives a file: plain text for everything its pages show as text; undefined to go by the ending. */
export function mlflowContentType(path: string): { contentType?: string } {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  const ending = dot > 0 ? name.slice(dot + 1) : name
  return texts.has(ending) ? { contentType: 'text/plain' } : {}
}
