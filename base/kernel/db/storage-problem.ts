import { problems } from '@millrace/contract'

/** How the store itself says no. */
export const storageProblem = problems('storage', {
  full: {
    status: 507,
    say: () =>
      'The disk that holds the data directory is full. Nothing was changed; free some space and send it again.',
  },
  'read-only': {
    status: 503,
    say: () => 'The data directory is read-only. Nothing was changed; make it writable for this user and start again.',
  },
  unavailable: {
    status: 503,
    say: (p: { reason: string }) => `The database does not answer (${p.reason}). Nothing was changed; send it again.`,
  },
  'bad-text': {
    status: 400,
    say: () => 'A text holds a character that cannot be stored (U+0000 or half a surrogate pair).',
  },
  'bad-number': { status: 400, say: () => 'A number is larger than what can be stored in its place.' },
  conflict: {
    status: 409,
    say: () => 'Too many writers changed the same thing at once. Nothing was changed; send it again.',
  },
})

function numberOf(error: unknown, key: string): number | undefined {
  if (typeof error !== 'object' || error === null || !(key in error)) return undefined
  const value: unknown = Reflect.get(error, key)
  return typeof value === 'number' ? value : undefined
}

/** What an error of SQLite means for the whole group of writes, or undefined when it concerns one write alone. */
export function sqliteStorageProblem(error: unknown): Error | undefined {
  const primary = (numberOf(error, 'errcode') ?? 0) & 0xff
  if (primary === 13) return storageProblem.full({}, error)
  if (primary === 8) return storageProblem['read-only']({}, error)
  if (primary === 10) return storageProblem.unavailable({ reason: 'input/output error' }, error)
  if (primary === 11 || primary === 26) return storageProblem.unavailable({ reason: 'the file is damaged' }, error)
  return undefined
}

/** PostgreSQL's five-character state of an error, when it has one. */
export function postgresState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** What an error of PostgreSQL means to a user, or undefined when it is a fault of ours. */
export function postgresStorageProblem(error: unknown): Error | undefined {
  const state = postgresState(error) ?? ''
  if (state === '53100') return storageProblem.full({}, error)
  if (state === '25006') return storageProblem['read-only']({}, error)
  if (state === '22021' || state === '22P05') return storageProblem['bad-text']({}, error)
  if (state === '22003') return storageProblem['bad-number']({}, error)
  if (state.startsWith('08') || state.startsWith('57') || /^E[A-Z]+$/.test(state)) {
    return storageProblem.unavailable({ reason: state }, error)
  }
  return undefined
}
