import { ProtoReader, wireType } from './proto-reader.ts'
import type { ProtoField, ProtoMessage, ProtoSchema } from './proto-schema.ts'
import { ProtoWriter } from './proto-writer.ts'

/** A message's fields by name: numbers (bigint beyond 2^53), texts, bytes, lists, maps as objects, messages. */
export interface ProtoValues {
  readonly [name: string]: ProtoValue | undefined
}

export type ProtoValue = number | bigint | boolean | string | Uint8Array | readonly ProtoValue[] | ProtoValues

/** Writes a message by its schema; what is absent or has its type's zero is left out, as proto3 does. */
export function encodeMessage(schema: ProtoSchema, name: string, values: ProtoValues): Buffer {
  const writer = new ProtoWriter()
  writeFields(schema, writer, schema.message(name), values)
  return writer.finish()
}

/** Reads a message by its schema. Absent lists are empty and absent maps have no keys; other absent fields are undefined. Throws `ProtoError`. */
export function decodeMessage(schema: ProtoSchema, name: string, bytes: Uint8Array): ProtoValues {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return readFields(schema, schema.message(name), new ProtoReader(buffer))
}

function writeFields(schema: ProtoSchema, writer: ProtoWriter, message: ProtoMessage, values: ProtoValues): void {
  for (const field of message.fields) {
    const value = values[field.name]
    if (value === undefined) continue
    if (field.list === 'map') writeMap(schema, writer, field, value as ProtoValues) // as the schema has it
    else if (field.list === 'repeated') {
      for (const one of value as readonly ProtoValue[]) writeValue(schema, writer, field, one)
    } else if (field.oneof !== undefined || !isZero(value)) writeValue(schema, writer, field, value)
  }
}

function isZero(value: ProtoValue): boolean {
  return value === 0 || value === 0n || value === '' || value === false
}

function writeMap(schema: ProtoSchema, writer: ProtoWriter, field: ProtoField, entries: ProtoValues): void {
  for (const [key, value] of Object.entries(entries)) {
    if (value === undefined) continue
    writer.message(field.number, () => {
      if (field.key === 'string') writer.text(1, key)
      else writer.integer(1, BigInt(key))
      writeValue(schema, writer, { ...field, number: 2 }, value)
    })
  }
}

function writeValue(schema: ProtoSchema, writer: ProtoWriter, field: ProtoField, value: ProtoValue): void {
  const { number, type } = field
  if (field.kind === 'message') {
    const message = schema.message(type)
    writer.message(number, () => writeFields(schema, writer, message, value as ProtoValues)) // as the schema has it
  } else if (typeof value === 'string') writer.text(number, value)
  else if (value instanceof Uint8Array) writer.bytes(number, value)
  else if (typeof value === 'boolean') writer.bool(number, value)
  else if (type === 'double') writer.double(number, Number(value))
  else if (type === 'float') writer.float(number, Number(value))
  else writer.integer(number, value as number | bigint) // the types that are left
}

type Growing = Record<string, ProtoValue | undefined>

function readFields(schema: ProtoSchema, message: ProtoMessage, reader: ProtoReader): ProtoValues {
  const values: Growing = {}
  for (const { name, list } of message.fields) {
    if (list === 'repeated') values[name] = []
    else if (list === 'map') values[name] = {}
  }
  while (reader.next()) {
    const field = message.byNumber.get(reader.field)
    if (field === undefined) reader.skip()
    else if (field.list === 'single') values[field.name] = readValue(schema, field, reader)
    else if (field.list === 'map') readEntry(schema, field, reader.message(), values[field.name] as Growing)
    else readElements(schema, field, reader, values[field.name] as ProtoValue[]) // made above
  }
  return values
}

function readElements(schema: ProtoSchema, field: ProtoField, reader: ProtoReader, into: ProtoValue[]): void {
  const packable =
    field.kind === 'enum' || (field.kind === 'scalar' && field.type !== 'string' && field.type !== 'bytes')
  if (!packable || reader.type !== wireType.bytes) {
    into.push(readValue(schema, field, reader))
    return
  }
  const packed = reader.message()
  while (packed.more()) into.push(readScalar(field.type, packed))
}

function readEntry(schema: ProtoSchema, field: ProtoField, reader: ProtoReader, into: Growing): void {
  let key = ''
  let value: ProtoValue | undefined
  while (reader.next()) {
    if (reader.field === 1) key = field.key === 'string' ? reader.text() : String(reader.int64())
    else if (reader.field === 2) value = readValue(schema, field, reader)
    else reader.skip()
  }
  into[key] = value ?? zeroOf(field)
}

function zeroOf({ kind, type }: ProtoField): ProtoValue {
  if (kind === 'message') return {}
  if (type === 'string') return ''
  return type === 'bool' ? false : 0
}

function readValue(schema: ProtoSchema, field: ProtoField, reader: ProtoReader): ProtoValue {
  if (field.kind === 'message') return readFields(schema, schema.message(field.type), reader.message())
  reader.expect(typeOf(field))
  return readScalar(field.type, reader)
}

function typeOf({ kind, type }: ProtoField): number {
  if (kind === 'enum') return wireType.varint
  if (type === 'string' || type === 'bytes') return wireType.bytes
  if (type === 'double') return wireType.fixed64
  return type === 'float' ? wireType.fixed32 : wireType.varint
}

function readScalar(type: string, reader: ProtoReader): ProtoValue {
  switch (type) {
    case 'string':
      return reader.text()
    case 'bytes':
      return reader.bytes()
    case 'bool':
      return reader.bool()
    case 'double':
      return reader.double()
    case 'float':
      return reader.float()
    case 'uint64':
      return reader.uint64()
    case 'uint32':
      return reader.uint32()
    default:
      return reader.int64()
  }
}
