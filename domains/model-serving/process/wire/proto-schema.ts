/** Types of single values as `.proto` files name them. */
export const scalarTypes = ['bool', 'int32', 'int64', 'uint32', 'uint64', 'float', 'double', 'string', 'bytes'] as const

export type ScalarType = (typeof scalarTypes)[number]

/** A field of a message. `type` is a scalar, or a full name: `.inference.InferParameter`. */
export interface ProtoField {
  readonly name: string
  readonly number: number
  readonly type: string
  readonly kind: 'scalar' | 'message' | 'enum'
  readonly list: 'single' | 'repeated' | 'map'
  /** Of a map's keys. */
  readonly key?: ScalarType
  readonly oneof?: string
}

export interface ProtoMessage {
  /** With package and leading dot. */
  readonly name: string
  readonly fields: readonly ProtoField[]
  readonly byNumber: ReadonlyMap<number, ProtoField>
}

/**
 * One `.proto` file in short: each message as its fields, `name=number:type`, parted by spaces; `type` may be
 * `repeated:T` or `map<string,T>`, and `@choice` behind it puts the field into a oneof. Types of other files begin with
 * a dot. `Outer.Inner` is a nested message.
 */
export interface ProtoFile {
  readonly path: string
  readonly package: string
  readonly messages: Readonly<Record<string, string>>
  readonly enums?: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Paths of the files whose types it uses. */
  readonly uses?: readonly string[]
}

/** Messages by full name. */
export interface ProtoSchema {
  readonly files: readonly ProtoFile[]
  /** Throws when there is none: a mistake in our own code. */
  message(name: string): ProtoMessage
}

/** Reads the short form of files, which must name every type they use. */
export function protoSchema(files: readonly ProtoFile[]): ProtoSchema {
  const enums = new Set(
    files.flatMap((file) => Object.keys(file.enums ?? {}).map((name) => fullName(file.package, name))),
  )
  const messages = new Map<string, ProtoMessage>()
  for (const file of files) {
    for (const [name, text] of Object.entries(file.messages)) {
      const full = fullName(file.package, name)
      const fields = fieldsOf(text, file.package, enums)
      messages.set(full, { name: full, fields, byNumber: new Map(fields.map((field) => [field.number, field])) })
    }
  }
  return {
    files,
    message: (name) => {
      const found = messages.get(name)
      if (found === undefined) throw new Error(`there is no message ${name} in this schema`)
      return found
    },
  }
}

function fullName(owner: string, name: string): string {
  return `.${owner}.${name}`
}

const form = /^(\w+)=(\d+):(?:(repeated):|map<(\w+),)?([\w.]+)>?(?:@(\w+))?$/

function fieldsOf(text: string, owner: string, enums: ReadonlySet<string>): ProtoField[] {
  const words = text.split(/\s+/).filter((word) => word !== '')
  return words.map((word) => fieldOf(word, owner, enums))
}

function fieldOf(word: string, owner: string, enums: ReadonlySet<string>): ProtoField {
  const [, name, number, repeated, key, written = '', oneof] = form.exec(word) ?? []
  if (name === undefined) throw new Error(`"${word}" is no field`)
  const list = key === undefined ? 'single' : 'map'
  return {
    name,
    number: Number(number),
    ...typeOf(written, owner, enums),
    list: repeated === undefined ? list : 'repeated',
    ...(key === undefined ? {} : { key: key as ScalarType }), // the form lets maps of ours have scalar keys alone
    ...(oneof === undefined ? {} : { oneof }),
  }
}

function typeOf(written: string, owner: string, enums: ReadonlySet<string>): Pick<ProtoField, 'type' | 'kind'> {
  if ((scalarTypes as readonly string[]).includes(written)) return { type: written, kind: 'scalar' }
  const type = written.startsWith('.') ? written : fullName(owner, written)
  return { type, kind: enums.has(type) ? 'enum' : 'message' }
}
