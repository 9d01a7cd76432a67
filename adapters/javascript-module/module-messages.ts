import type { Signature, Tensor } from '@millrace/model-serving/plane'

/** To a module's thread. */
export interface ToModule {
  readonly id: number
  readonly inputs: readonly Tensor[]
}

/** From a module's thread. */
export type FromModule =
  | { readonly kind: 'loaded'; readonly signature: Signature }
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'ran'; readonly id: number; readonly outputs: readonly Tensor[] }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string }
