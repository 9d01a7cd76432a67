import type { Row } from '@millrace/kernel'

/** A number of an answer; null becomes 0, as sums and counts over nothing are. */
export function numberIn(row: Row | undefined, name: string): number {
  const value = row?.[name]
  return typeof value === 'number' ? value : Number(value ?? 0)
}

/** A list of numbers of an answer. */
export function numbersIn(row: Row | undefined, name: string): number[] {
  const value = row?.[name]
  return Array.isArray(value) ? value.map(Number) : []
}

/** A text of an answer. */
export function textIn(row: Row | undefined, name: string): string {
  const value = row?.[name]
  return typeof value === 'string' ? value : ''
}
