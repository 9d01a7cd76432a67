import { action } from '../store/governance-store.ts'
import { figuresOf } from '../model/card-figures.ts'
import * as inProcess from './in-process-contract.ts'
import { lookAt } from './look-at.ts'

/** Remembers the labels that a version's evidence gives its card. */
export const rememberFigures = action(inProcess.rememberFigures, async ({ store, input, ask }) => {
  const { seen } = await lookAt(ask, input.id)
  const labels = new Set(seen.evidence.flatMap((found) => figuresOf(found, seen)).map((figure) => figure.label))
  await store.cards.rememberLabels(input.id, [...labels])
  return { answer: {}, audit: 'unchanged' }
})
