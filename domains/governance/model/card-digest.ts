import { createHash } from 'node:crypto'
import { canonicalJson } from '@millrace/contract'
import type { ModelCard } from '../contract.ts'

/**
 * SHA-256 over the canonical JSON of what a card says of its version: identity, figures, gate, overrides. Not of what
 * people decide about it, so that a decision does not change what it is about.
 */
export function cardDigest(card: Omit<ModelCard, 'digest' | 'frozen' | 'approvals' | 'approval'>): string {
  const { versionId, model, version, riskTier, runId, modelDigest, policy, figures, gate, overrides } = card
  const said = { versionId, model, version, riskTier, runId, modelDigest, policy, figures, gate, overrides }
  return `sha256:${createHash('sha256').update(canonicalJson(said)).digest('hex')}`
}
