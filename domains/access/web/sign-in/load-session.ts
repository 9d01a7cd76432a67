import type { Api } from '@millrace/ui/data'

/** Who is signed in, and how one may sign in here. */
export interface SessionView {
  user: { id: string; name: string } | null
  expiresAtMs: number | null
  sessionId: string | null
  methods: readonly ('local' | 'password' | 'oidc' | 'token')[]
}

/** Fetches the session; the server changes the cookie's secret from time to time when it is asked. */
export function loadSession(api: Api, signal?: AbortSignal): Promise<SessionView> {
  return api.get<SessionView>('session', { scope: 'server', ...(signal === undefined ? {} : { signal }) })
}
