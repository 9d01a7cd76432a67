import type { PredictResult } from '@millrace/model-serving/plane'

/** Which prediction an answer is, for protocols whose bodies have no place for it: feedback and ground truth name it. */
export function madeHeaders({ id, version }: Pick<PredictResult, 'id' | 'version'>): Readonly<Record<string, string>> {
  return { 'x-millrace-prediction-id': id, 'x-millrace-version': String(version) }
}
