import type { ProtoValues } from '../../wire/proto-codec.ts'
import { decodeMessage, encodeMessage } from '../../wire/proto-codec.ts'
import type { ProtoFile } from '../../wire/proto-schema.ts'
import { protoSchema } from '../../wire/proto-schema.ts'
import { fileDescriptorOf } from './file-descriptor.ts'
import type { GrpcService } from './grpc-service.ts'
import { grpcCode } from './grpc-status.ts'

const messages = {
  ServerReflectionRequest:
    'host=1:string file_by_filename=3:string@message_request file_containing_symbol=4:string@message_request ' +
    'file_containing_extension=5:ExtensionRequest@message_request ' +
    'all_extension_numbers_of_type=6:string@message_request list_services=7:string@message_request',
  ExtensionRequest: 'containing_type=1:string extension_number=2:int32',
  ServerReflectionResponse:
    'valid_host=1:string original_request=2:ServerReflectionRequest ' +
    'file_descriptor_response=4:FileDescriptorResponse@message_response ' +
    'all_extension_numbers_response=5:ExtensionNumberResponse@message_response ' +
    'list_services_response=6:ListServiceResponse@message_response error_response=7:ErrorResponse@message_response',
  FileDescriptorResponse: 'file_descriptor_proto=1:repeated:bytes',
  ExtensionNumberResponse: 'base_type_name=1:string extension_number=2:repeated:int32',
  ListServiceResponse: 'service=1:repeated:ServiceResponse',
  ServiceResponse: 'name=1:string',
  ErrorResponse: 'error_code=1:int32 error_message=2:string',
}

/** Server reflection, both its versions, over the given services and over itself. */
export function reflectionServices(services: readonly GrpcService[]): readonly GrpcService[] {
  const made: GrpcService[] = []
  const index = () => (known ??= indexOf([...services, ...made]))
  let known: Index | undefined
  for (const version of ['v1', 'v1alpha']) made.push(reflectionService(version, index))
  return made
}

function reflectionService(version: string, index: () => Index): GrpcService {
  const owner = `grpc.reflection.${version}`
  const file: ProtoFile = { path: `grpc/reflection/${version}/reflection.proto`, package: owner, messages }
  const schema = protoSchema([file])
  const takes = `.${owner}.ServerReflectionRequest`
  const gives = `.${owner}.ServerReflectionResponse`
  return {
    name: `${owner}.ServerReflection`,
    schema,
    file: file.path,
    methods: {
      ServerReflectionInfo: {
        takes,
        gives,
        streams: 'both',
        call: (bytes) => {
          const request = decodeMessage(schema, takes, bytes)
          const said = { valid_host: request['host'] ?? '', original_request: request, ...answerTo(index(), request) }
          return {
            kind: 'describe',
            answer: () => ({ status: 200, headers: {}, body: encodeMessage(schema, gives, said) }),
          }
        },
      },
    },
  }
}

interface Index {
  readonly services: readonly string[]
  /** A file with those it uses, itself first. */
  readonly byPath: ReadonlyMap<string, readonly Buffer[]>
  readonly pathOf: ReadonlyMap<string, string>
}

function indexOf(services: readonly GrpcService[]): Index {
  const files = new Map<string, { readonly file: ProtoFile; readonly bytes: Buffer }>()
  const pathOf = new Map<string, string>()
  for (const { schema } of services) {
    for (const file of schema.files) {
      if (files.has(file.path)) continue
      const inIt = services.filter((service) => service.file === file.path)
      files.set(file.path, { file, bytes: fileDescriptorOf(schema, file, inIt) })
      const names = [...Object.keys(file.messages), ...Object.keys(file.enums ?? {})]
      for (const name of names) pathOf.set(`${file.package}.${name}`, file.path)
      for (const { name, methods } of inIt) {
        pathOf.set(name, file.path)
        for (const method of Object.keys(methods)) pathOf.set(`${name}.${method}`, file.path)
      }
    }
  }
  const withUsed = (path: string, seen: Set<string>): Buffer[] => {
    const found = files.get(path)
    if (found === undefined || seen.has(path)) return []
    seen.add(path)
    return [found.bytes, ...(found.file.uses ?? []).flatMap((used) => withUsed(used, seen))]
  }
  return {
    services: services.map(({ name }) => name),
    pathOf,
    byPath: new Map([...files.keys()].map((path) => [path, withUsed(path, new Set())])),
  }
}

function answerTo(index: Index, request: ProtoValues): ProtoValues {
  const { list_services: list, file_by_filename: path, file_containing_symbol: symbol } = request
  const type = request['all_extension_numbers_of_type']
  if (list !== undefined) return { list_services_response: { service: index.services.map((name) => ({ name })) } }
  if (typeof path === 'string') return filesAt(index, path, `file ${path}`)
  if (typeof symbol === 'string') return filesAt(index, index.pathOf.get(symbol), `symbol ${symbol}`)
  if (typeof type === 'string' && index.pathOf.has(type)) {
    return { all_extension_numbers_response: { base_type_name: type } } // proto3 messages have none
  }
  return notFound('extension')
}

function filesAt(index: Index, path: string | undefined, what: string): ProtoValues {
  const files = path === undefined ? undefined : index.byPath.get(path)
  return files === undefined ? notFound(what) : { file_descriptor_response: { file_descriptor_proto: files } }
}

function notFound(what: string): ProtoValues {
  return { error_response: { error_code: grpcCode.notFound, error_message: `There is no ${what} here.` } }
}
