import type { Comment } from '@millrace/collaboration/contract'
import type { Api } from '@millrace/ui/data'
import type { Account } from './mentions.ts'
import type { Subject } from './subject-of-path.ts'

const MOST = 500

/** Fetches what was said about a thing, oldest first. */
export async function loadComments(api: Api, subject: Subject, signal: AbortSignal): Promise<readonly Comment[]> {
  const query = { kind: subject.kind, id: subject.id, limit: MOST }
  return (await api.get<{ items: readonly Comment[] }>('comments', { query, signal })).items
}

/** Fetches whom one can mention, and who one is. */
export async function loadPeople(api: Api, signal: AbortSignal): Promise<{ me: string; accounts: readonly Account[] }> {
  const [me, users] = await Promise.all([
    api.get<{ actor: { id: string } }>('me', { signal }),
    api.get<{ items: readonly (Account & { disabledAtMs: number | null })[] }>('users', {
      query: { limit: 500 },
      signal,
    }),
  ])
  return { me: me.actor.id, accounts: users.items.filter(({ disabledAtMs }) => disabledAtMs === null) }
}
