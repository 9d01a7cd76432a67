import {
  keepPreviousData,
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import type { Api } from './create-api.ts'
import { useApi, useLive } from './data-provider.tsx'
import { coalesce } from './live-hub.ts'
import { asProblem, type Problem } from './problem.ts'

const SETTLE_MS = 400
const NO_TOPICS: readonly string[] = []

/** A page's data: what names it, how to fetch it, and the live topics that make it out of date. */
export interface Load<Value> {
  key: readonly (string | number | boolean | null | undefined)[]
  load: (api: Api, signal: AbortSignal) => Promise<Value>
  /** Prefixes of event names; defined once at module level, so that they stay the same between renders. */
  topics?: readonly string[]
  /** Refetch at this pace even without an event, for figures that no event announces. */
  everyMs?: number
}

/** What `useLoad` answers: the data, whether it is old, and the `Problem` when it failed. */
export type Loading<Value> = UseQueryResult<Value, Problem>

/** Fetches what a page shows, keeps the last answer while a new one loads, and refetches when a live event says so. */
export function useLoad<Value>(what: Load<Value>): UseQueryResult<Value, Problem> {
  const api = useApi()
  const client = useQueryClient()
  const queryKey = [api.workspace, ...what.key]
  const topics = what.topics ?? NO_TOPICS
  const key = JSON.stringify(queryKey)
  const refresh = useMemo(
    () => coalesce(SETTLE_MS, () => void client.invalidateQueries({ queryKey: keyOf(key) })),
    [client, key],
  )
  useEffect(() => refresh.cancel, [refresh])
  useLive(topics, refresh.call)
  return useQuery<Value, Problem>({
    queryKey,
    queryFn: async ({ signal }) => {
      try {
        return await what.load(api, signal)
      } catch (thrown) {
        if (signal.aborted) throw thrown
        throw asProblem(thrown)
      }
    },
    placeholderData: keepPreviousData,
    ...(what.everyMs === undefined ? {} : { refetchInterval: what.everyMs }),
  })
}

// A query key is compared by value, so the text of it serves as a stable dependency.
function keyOf(text: string): readonly unknown[] {
  const key: unknown = JSON.parse(text)
  return Array.isArray(key) ? key : []
}

/** An act: sends it, then refetches everything the page shows. Its error is a `Problem`; the caller shows it where the act was asked for. */
export function useAct<Input, Answer = unknown>(
  act: (api: Api, input: Input) => Promise<Answer>,
): UseMutationResult<Answer, Problem, Input> {
  const api = useApi()
  const client = useQueryClient()
  return useMutation<Answer, Problem, Input>({
    mutationFn: async (input) => {
      try {
        return await act(api, input)
      } catch (thrown) {
        throw asProblem(thrown)
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey: [api.workspace] }),
  })
}
