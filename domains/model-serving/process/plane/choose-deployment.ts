import type { IncomingHttpHeaders } from 'node:http'
import type { PlaneKey, PlaneRule } from '../../model/plane-snapshot.ts'
import type { Tensor } from '../../model/tensor.ts'
import { chooseByWeight, pointOf } from '../../model/traffic-split.ts'
import type { LiveDeployment } from './live-deployment.ts'
import { planeProblem } from './plane-problems.ts'
import type { LiveEndpoint } from './routing-table.ts'

/** What of a request decides who answers it. */
export interface RoutedRequest {
  readonly id: string
  readonly headers: IncomingHttpHeaders
  readonly query: string
  readonly caller: string
  readonly version: string | undefined
  /** Absent before the body was read; rules and keys by input then pass it over. */
  readonly tensors?: readonly Tensor[]
}

/** A rule, ready to be held against requests. */
export interface LiveRule {
  readonly key: PlaneKey
  readonly to: LiveDeployment
  holds(value: string): boolean
}

/** Rules whose deployments are loaded; the others are as if they were not there. */
export function liveRules(rules: readonly PlaneRule[], deployments: readonly LiveDeployment[]): LiveRule[] {
  return rules.flatMap(({ when, deploymentId }) => {
    const to = deployments.find(({ id }) => id === deploymentId)
    if (to === undefined) return []
    const { equals, oneOf, matches, ...key } = when
    const pattern = matches === undefined ? undefined : new RegExp(matches, 'u')
    const set = oneOf === undefined ? undefined : new Set(oneOf)
    const holds = (value: string) =>
      (equals === undefined || value === equals) &&
      (set === undefined || set.has(value)) &&
      (pattern === undefined || pattern.test(value))
    return [{ key, to, holds }]
  })
}

/** True when who answers depends on the inputs, so that it is chosen again once they are read. */
export function routesByInput({ rules, sticky }: LiveEndpoint): boolean {
  return sticky?.by === 'input' || rules.some(({ key }) => key.by === 'input')
}

/** The deployment that answers: the version asked for, else the first rule that holds, else by weight. Throws `not-ready`, `unknown-version`. */
export function chooseDeployment(endpoint: LiveEndpoint, request: RoutedRequest): LiveDeployment {
  const { name, answering, rules, sticky } = endpoint
  if (request.version !== undefined) return ofVersion(endpoint, request.version)
  for (const rule of rules) {
    const value = valueOf(rule.key, request)
    if (value !== undefined && rule.holds(value)) return rule.to
  }
  const [only] = answering
  if (only !== undefined && answering.length === 1) return only
  const key = sticky === undefined ? undefined : valueOf(sticky, request)
  // Hashed with the endpoint, so that the same callers are not first in line at every endpoint.
  const chosen = chooseByWeight(answering, pointOf(key === undefined ? request.id : `${endpoint.id}/${key}`))
  if (chosen === undefined) throw planeProblem['not-ready']({ name })
  return chosen
}

function ofVersion({ name, labels, answering, shadows, retired }: LiveEndpoint, asked: string): LiveDeployment {
  const version = String(labels?.[asked] ?? asked)
  const found =
    answering.find((deployment) => String(deployment.version) === version) ??
    shadows.find((deployment) => String(deployment.version) === version) ??
    retired.find((deployment) => String(deployment.version) === version)
  if (found === undefined) throw planeProblem['unknown-version']({ name, version: asked })
  return found
}

function valueOf({ by, name = '' }: PlaneKey, request: RoutedRequest): string | undefined {
  switch (by) {
    case 'caller':
      return request.caller === '' ? undefined : request.caller
    case 'header':
      return headerOf(request.headers, name)
    case 'query':
      return new URLSearchParams(request.query).get(name) ?? undefined
    default:
      return firstOf(request.tensors?.find((tensor) => tensor.name === name))
  }
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()]
  return Array.isArray(value) ? value[0] : value
}

function firstOf(tensor: Tensor | undefined): string | undefined {
  return tensor === undefined || tensor.data.length === 0 ? undefined : String(tensor.data[0])
}
