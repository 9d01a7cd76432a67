import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useMemo, useSyncExternalStore, type ReactNode } from 'react'
import type { Api } from './create-api.ts'
import type { LiveEvent, LiveState } from './live-connection.ts'
import { createLiveHub, type LiveHub } from './live-hub.ts'
import { asProblem } from './problem.ts'
import { openSharedStream } from './shared-stream.ts'

const ApiContext = createContext<Api | null>(null)
const HubContext = createContext<LiveHub | null>(null)

function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: true,
        retry: (failures, error) => failures < 2 && [0, 502, 503, 504].includes(asProblem(error).status),
        retryDelay: (failures) => 300 * 2 ** failures,
      },
      mutations: { retry: false },
    },
  })
}

/** Gives pages the workspace's API, one query cache and one live stream. Another `session` asks for everything again. */
export function DataProvider({ api, session = 0, children }: { api: Api; session?: number; children: ReactNode }) {
  const client = useMemo(createQueryClient, [api])
  const hub = useMemo(createLiveHub, [api])
  useEffect(() => {
    if (session > 0) void client.refetchQueries()
  }, [client, session])
  useEffect(
    () =>
      openSharedStream(
        (afterId) => api.url('events', { after: afterId }),
        (event) => hub.publish(event),
        (state) => hub.setState(state),
      ),
    [api, hub],
  )
  return (
    <ApiContext value={api}>
      <HubContext value={hub}>
        <QueryClientProvider client={client}>{children}</QueryClientProvider>
      </HubContext>
    </ApiContext>
  )
}

/** The API of the workspace in the address. */
export function useApi(): Api {
  const api = useContext(ApiContext)
  if (api === null) throw new Error('useApi is used outside DataProvider')
  return api
}

function useHub(): LiveHub {
  const hub = useContext(HubContext)
  if (hub === null) throw new Error('useLive is used outside DataProvider')
  return hub
}

/** Whether the stream is open; `waiting` says when it is tried again. */
export function useLiveState(): LiveState {
  const hub = useHub()
  return useSyncExternalStore(hub.onState, hub.state)
}

/** Calls `act` for each live event whose name starts with one of `topics`. Keep `topics` and `act` stable between renders. */
export function useLive(topics: readonly string[], act: (event: LiveEvent) => void): void {
  const hub = useHub()
  useEffect(() => hub.onTopics(topics, act), [hub, topics, act])
}
