/** A deployment that may answer; weights are percent of the endpoint's traffic. */
export interface Weighted {
  readonly weight: number
}

/**
 * The deployment that answers a request, by a hash of its id: the same id always meets the same one. `point` is the
 * hash in [0, 1). Undefined when nothing has weight.
 */
export function chooseByWeight<D extends Weighted>(deployments: readonly D[], point: number): D | undefined {
  let total = 0
  for (const deployment of deployments) total += deployment.weight
  if (!(total > 0)) return undefined
  let rest = point * total
  for (const deployment of deployments) {
    rest -= deployment.weight
    if (rest < 0) return deployment
  }
  return deployments.findLast((deployment) => deployment.weight > 0)
}

/** A request id's place in [0, 1): FNV-1a with Murmur3's finish, so that ids that differ in one character scatter. */
export function pointOf(requestId: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < requestId.length; index += 1) {
    hash = Math.imul(hash ^ requestId.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
