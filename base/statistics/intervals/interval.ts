/** An estimate with its lower and upper bound. Bounds may be infinite where the data cannot bound it. */
export type Interval = { readonly estimate: number; readonly lower: number; readonly upper: number }
