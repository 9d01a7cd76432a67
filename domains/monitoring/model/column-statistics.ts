/** Where quantiles are compared: enough of the middle to tell a change of unit from a change of shape. */
export const comparedQuantiles = [0.1, 0.25, 0.5, 0.75, 0.9] as const

/** A column in figures. `count` rows, of them `missing` (null, NaN, infinite); the rest speaks of finite values. */
export interface NumberColumn {
  readonly kind: 'number'
  readonly count: number
  readonly missing: number
  readonly wholeNumbers: boolean
  readonly distinct: number
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Population standard deviation. */
  readonly std: number
  /** At `comparedQuantiles`, each a value that occurs. */
  readonly quantiles: readonly number[]
}

export interface TextColumn {
  readonly kind: 'text'
  readonly count: number
  readonly missing: number
  readonly distinct: number
}

export type ColumnStatistics = NumberColumn | TextColumn

/** Rows with a usable value. */
export function usable(column: ColumnStatistics): number {
  return column.count - column.missing
}
