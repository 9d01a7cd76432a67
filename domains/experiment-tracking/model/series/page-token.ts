import { decodePageToken, encodePageToken } from '@millrace/contract'
import { problem } from '../problems.ts'
import type { Points } from './points.ts'
import { pointAt, pointsOf } from './summary.ts'
import type { Wide } from './wide.ts'
import { toWide, wideText } from './wide.ts'

/** The token of the page that comes after point `i`. */
export function tokenAfter(points: Points, i: number): string {
  const { step, at, value } = pointAt(points, i)
  return encodePageToken([wideText(step.high, step.low), wideText(at.high, at.low), String(value)])
}

/** The point after which a page begins, as a list of one. Throws `experiment-tracking/bad-page-token`. */
export function pointOfToken(token: string | undefined): Points | undefined {
  if (token === undefined || token === '') return undefined
  const [step, at, value] = decodePageToken(token) ?? []
  const [stepNumber, time] = [wideOf(step), wideOf(at)]
  if (stepNumber === undefined || time === undefined || typeof value !== 'string') throw problem['bad-page-token']({})
  return pointsOf({ step: stepNumber, at: time, value: Number(value) })
}

function wideOf(text: unknown): Wide | undefined {
  if (typeof text !== 'string' || text === '') return undefined
  return toWide(text) ?? toWide(Number(text))
}
