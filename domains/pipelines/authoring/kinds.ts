import type { KindSpec } from '../model/graph.ts'
import type { Json } from '../model/values.ts'

/** Carries the type of a value through the kinds and handles; never there when the program runs. */
export declare const valueOf: unique symbol

/** What values a parameter, input or output takes. */
export interface Kind<T> extends KindSpec {
  readonly [valueOf]?: T
}
/** A kind whose value may be left out. */
export interface DefaultedKind<T> extends Kind<T> {
  readonly default: Json
}
export type Kinds = Readonly<Record<string, Kind<unknown>>>

/** A file between steps; inside a step it is the path of a local file. */
export interface FileValue {
  readonly [valueOf]: 'file'
}

interface ValueOptions {
  readonly description?: string
}
interface TextOptions<C extends string> extends ValueOptions {
  readonly choices?: readonly C[]
}
interface NumberOptions extends ValueOptions {
  readonly min?: number
  readonly max?: number
}

/** A text; with `choices`, one of these. */
export function text<const C extends string = string>(
  options: TextOptions<C> & { default: NoInfer<C> },
): DefaultedKind<C>
export function text<const C extends string = string>(options?: TextOptions<C>): Kind<C>
export function text(options: TextOptions<string> = {}): Kind<string> {
  return { type: 'text', ...options }
}

/** A finite number. */
export function number(options: NumberOptions & { default: number }): DefaultedKind<number>
export function number(options?: NumberOptions): Kind<number>
export function number(options: NumberOptions = {}): Kind<number> {
  return { type: 'number', ...options }
}

/** A whole number. */
export function integer(options: NumberOptions & { default: number }): DefaultedKind<number>
export function integer(options?: NumberOptions): Kind<number>
export function integer(options: NumberOptions = {}): Kind<number> {
  return { type: 'integer', ...options }
}

/** Yes or no. */
export function flag(options: ValueOptions & { default: boolean }): DefaultedKind<boolean>
export function flag(options?: ValueOptions): Kind<boolean>
export function flag(options: ValueOptions = {}): Kind<boolean> {
  return { type: 'flag', ...options }
}

/** Any JSON, typed as its author says: `json<{ folds: number[] }>()`. */
export function json<T extends Json>(options: ValueOptions & { default: T }): DefaultedKind<T>
export function json<T extends Json>(options?: ValueOptions): Kind<T>
export function json<T extends Json>(options: ValueOptions & { default?: T } = {}): Kind<T> {
  return { type: 'json', ...options }
}

/** A file. As an output a path below `workDir`; as an input the path of a local copy. */
export function file(options: ValueOptions = {}): Kind<FileValue> {
  return { type: 'file', ...options }
}

/**
 * The id of an entity: `id('model-version')`. As an output it ties the entity to this step in the lineage ("produced"),
 * as an input that is a `dataset-version` it says which data was used.
 */
export function id(of: string, options: ValueOptions = {}): Kind<string> {
  return { type: 'id', of, ...options }
}
