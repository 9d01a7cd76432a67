import type { LineageEdge } from '../contract.ts'

/**
 * Which end of an edge is upstream: the end the other came from. A run used data, so the data version is upstream of
 * the run (`to`); a run produced a model version, so the run is upstream of the version (`from`).
 */
export const upstreamEnd: Readonly<Record<LineageEdge['type'], 'from' | 'to'>> = {
  used_code: 'to',
  used_data: 'to',
  derived_from: 'to',
  executed_as: 'to',
  part_of: 'to',
  measured: 'to',
  validated_by: 'to',
  approved_by: 'to',
  replaced: 'to',
  reproduces: 'to',
  produced: 'from',
  deployed_as: 'from',
  raised: 'from',
  triggered: 'from',
}

/** Where a walk goes: to what a thing came from, or to what came from it. */
export type Direction = 'upstream' | 'downstream'
