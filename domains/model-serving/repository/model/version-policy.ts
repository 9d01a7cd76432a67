import type { TextMessage } from '../../formats/model/read-text-proto.ts'

/** Which versions of a model are served, as Triton's and TensorFlow Serving's configurations say it. */
export type VersionPolicy =
  | { readonly kind: 'latest'; readonly count: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'specific'; readonly versions: readonly number[] }

/** What both serve without a policy. */
export const latestAlone: VersionPolicy = { kind: 'latest', count: 1 }

/** The policy in a `version_policy` (Triton) or `model_version_policy` (TensorFlow Serving). */
export function readVersionPolicy(message: TextMessage | undefined): VersionPolicy {
  if (message === undefined) return latestAlone
  const [specific] = messagesAt(message, 'specific')
  if (specific !== undefined) return { kind: 'specific', versions: numbersAt(specific, 'versions') }
  if (messagesAt(message, 'all').length > 0) return { kind: 'all' }
  const [latest] = messagesAt(message, 'latest')
  const [count = 1] = latest === undefined ? [] : numbersAt(latest, 'num_versions')
  return { kind: 'latest', count }
}

/** The versions that a policy picks, newest first. */
export function pickVersions(policy: VersionPolicy, versions: readonly number[]): number[] {
  const newestFirst = versions.toSorted((a, b) => b - a)
  if (policy.kind === 'all') return newestFirst
  if (policy.kind === 'specific') return newestFirst.filter((version) => policy.versions.includes(version))
  return newestFirst.slice(0, Math.max(1, policy.count))
}

/** The messages of a field. */
export function messagesAt(message: TextMessage, field: string): TextMessage[] {
  return (message[field] ?? []).filter((value): value is TextMessage => typeof value === 'object')
}

/** The first text of a field. */
export function textAt(message: TextMessage, field: string): string | undefined {
  const found = message[field]?.[0]
  return typeof found === 'string' ? found : undefined
}

function numbersAt(message: TextMessage, field: string): number[] {
  return (message[field] ?? []).filter((value): value is number => typeof value === 'number')
}
