import type { ProtoField, ProtoFile, ProtoMessage, ProtoSchema } from '../../wire/proto-schema.ts'
import { ProtoWriter } from '../../wire/proto-writer.ts'
import type { GrpcService } from './grpc-service.ts'

/** Numbers of `google.protobuf.FieldDescriptorProto.Type`. */
const typeNumbers: Readonly<Record<string, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
}
const messageType = 11
const enumType = 14

/** A file as reflection gives it: a serialized `google.protobuf.FileDescriptorProto` of our own short form. */
export function fileDescriptorOf(schema: ProtoSchema, file: ProtoFile, services: readonly GrpcService[]): Buffer {
  const writer = new ProtoWriter(4096)
  writer.text(1, file.path)
  writer.text(2, file.package)
  for (const path of file.uses ?? []) writer.text(3, path)
  const names = Object.keys(file.messages)
  for (const name of names) if (!name.includes('.')) writeMessage(writer, 4, { schema, file, names }, name)
  for (const name of Object.keys(file.enums ?? {})) if (!name.includes('.')) writeEnum(writer, 5, file, name)
  for (const service of services) writeService(writer, service, file.package)
  writer.text(12, 'proto3')
  return writer.finish()
}

interface Place {
  readonly schema: ProtoSchema
  readonly file: ProtoFile
  /** All messages of the file. */
  readonly names: readonly string[]
}

function writeMessage(writer: ProtoWriter, number: number, place: Place, name: string): void {
  const message = place.schema.message(`.${place.file.package}.${name}`)
  const oneofs = [...new Set(message.fields.flatMap(({ oneof }) => oneof ?? []))]
  writer.message(number, () => {
    writer.text(1, name.slice(name.lastIndexOf('.') + 1))
    for (const field of message.fields) writeField(writer, message, field, oneofs)
    for (const nested of place.names) if (isIn(name, nested)) writeMessage(writer, 3, place, nested)
    for (const field of message.fields) if (field.list === 'map') writeEntry(writer, field)
    for (const nested of Object.keys(place.file.enums ?? {})) {
      if (isIn(name, nested)) writeEnum(writer, 4, place.file, nested)
    }
    for (const oneof of oneofs) writer.message(8, () => writer.text(1, oneof))
  })
}

/** True for what stands directly in the message. */
function isIn(message: string, name: string): boolean {
  return name.startsWith(`${message}.`) && !name.includes('.', message.length + 1)
}

function writeField(
  writer: ProtoWriter,
  message: ProtoMessage,
  field: ProtoField,
  oneofs: readonly string[],
  number = 2,
): void {
  const { name, list, oneof } = field
  writer.message(number, () => {
    writer.text(1, name)
    writer.integer(3, field.number)
    writer.integer(4, list === 'single' ? 1 : 3)
    if (list === 'map') writeType(writer, { kind: 'message', type: `${message.name}.${entryName(name)}` })
    else writeType(writer, field)
    if (oneof !== undefined) writer.integer(9, oneofs.indexOf(oneof))
  })
}

function writeType(writer: ProtoWriter, { kind, type }: Pick<ProtoField, 'kind' | 'type'>): void {
  if (kind === 'scalar') writer.integer(5, typeNumbers[type] ?? 0)
  else {
    writer.integer(5, kind === 'enum' ? enumType : messageType)
    writer.text(6, type)
  }
}

/** A map is a list of messages that the compiler makes: `{key=1, value=2}`. */
function writeEntry(writer: ProtoWriter, field: ProtoField): void {
  const { key = 'string', kind, type } = field
  writer.message(3, () => {
    writer.text(1, entryName(field.name))
    const entry: ProtoMessage = { name: '', fields: [], byNumber: new Map() }
    writeField(writer, entry, { name: 'key', number: 1, kind: 'scalar', type: key, list: 'single' }, [])
    writeField(writer, entry, { name: 'value', number: 2, kind, type, list: 'single' }, [])
    writer.message(7, () => writer.bool(7, true))
  })
}

function entryName(field: string): string {
  return `${field.replaceAll(/(?:^|_)(\w)/g, (_all, letter: string) => letter.toUpperCase())}Entry`
}

function writeEnum(writer: ProtoWriter, field: number, { enums = {} }: ProtoFile, name: string): void {
  writer.message(field, () => {
    writer.text(1, name.slice(name.lastIndexOf('.') + 1))
    for (const [value, number] of Object.entries(enums[name] ?? {})) {
      writer.message(2, () => {
        writer.text(1, value)
        writer.integer(2, number)
      })
    }
  })
}

function writeService(writer: ProtoWriter, { name, methods }: GrpcService, owner: string): void {
  writer.message(6, () => {
    writer.text(1, name.slice(owner.length + 1))
    for (const [method, { takes, gives, streams }] of Object.entries(methods)) {
      writer.message(2, () => {
        writer.text(1, method)
        writer.text(2, takes)
        writer.text(3, gives)
        if (streams === 'both') writer.bool(5, true)
        if (streams !== undefined) writer.bool(6, true)
      })
    }
  })
}
