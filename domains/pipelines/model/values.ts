import type { KindSpec } from './graph.ts'

/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A file between steps: its content's digest (`sha256:<hex>`), and the name it had. */
export interface StoredFile {
  readonly digest: string
  readonly sizeBytes: number
  readonly name: string
}

/** What a step is given or gives under one name. */
export type Value = { readonly value: Json } | { readonly file: StoredFile }
export type Values = Readonly<Record<string, Value>>

/** What is wrong with a value of this kind; undefined when nothing is. */
export function faultOf(kind: KindSpec, value: Value): string | undefined {
  if ('file' in value) return kind.type === 'file' ? undefined : `is a file, and should be ${words[kind.type]}`
  return faultOfJson(kind, value.value)
}

/** The same for a plain JSON value, which is never a file. */
export function faultOfJson(kind: KindSpec, value: Json): string | undefined {
  if (!fits[kind.type](value)) return `should be ${words[kind.type]}, not ${shown(value)}`
  if (kind.choices !== undefined && !kind.choices.some((choice) => choice === value))
    return `should be one of ${kind.choices.map(shown).join(', ')}, not ${shown(value)}`
  if (typeof value === 'number' && kind.min !== undefined && value < kind.min) return `should be at least ${kind.min}`
  if (typeof value === 'number' && kind.max !== undefined && value > kind.max) return `should be at most ${kind.max}`
  return undefined
}

const fits: Readonly<Record<KindSpec['type'], (value: Json) => boolean>> = {
  text: (value) => typeof value === 'string',
  id: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  integer: (value) => Number.isSafeInteger(value),
  flag: (value) => typeof value === 'boolean',
  json: () => true,
  // A file is never a plain value.
  file: () => false,
}

const words: Readonly<Record<KindSpec['type'], string>> = {
  text: 'a text',
  id: 'an id',
  number: 'a number',
  integer: 'a whole number',
  flag: 'true or false',
  json: 'JSON',
  file: 'a file',
}

function shown(value: Json): string {
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
