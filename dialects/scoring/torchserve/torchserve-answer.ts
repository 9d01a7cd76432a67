import type { PlaneDialect, WireAnswer } from '@millrace/model-serving/plane'
import { json } from '../values/paths.ts'

const types: Readonly<Record<number, string>> = {
  400: 'BadRequestException',
  401: 'InvalidKeyException',
  403: 'InvalidKeyException',
  404: 'ModelNotFoundException',
  405: 'MethodNotAllowedException',
  409: 'ConflictStatusException',
  413: 'RequestEntityTooLargeException',
  501: 'NotImplementedException',
  503: 'ServiceUnavailableException',
  507: 'InsufficientStorageException',
}

/** An error as TorchServe writes it. */
export function torchError(
  status: number,
  message: string,
  type = types[status] ?? 'InternalServerException',
): WireAnswer {
  return json(status, { code: status, type, message })
}

/** A path that TorchServe has, asked with a verb that it does not take. */
export function methodNotAllowed(): WireAnswer {
  return torchError(405, 'Requested method is not allowed, please refer to API document.')
}

/** A status line, which is all that most of management's answers are. */
export function torchStatus(status: number, sentence: string): WireAnswer {
  return json(status, { status: sentence })
}

/** TorchServe without its model API answers management with 405. */
export const refuseTorch: PlaneDialect['refuse'] = ({ status, sentence, code }) => {
  if (code === 'model-serving/plane/cannot-manage') return torchError(405, sentence)
  if (code === 'model-serving/plane/unknown-version') return torchError(404, sentence, 'ModelVersionNotFoundException')
  if (code === 'model-serving/plane/no-such-address') return torchError(404, sentence, 'ResourceNotFoundException')
  // A location or an archive that cannot be used; TorchServe has no 422.
  return torchError(status === 422 ? 400 : status, sentence)
}

/** TorchServe's versions are `1.0`; ours are `1`. */
export function ownVersion(version: string): string {
  return version.replace(/^(\d+)\.0$/, '$1')
}

export function torchVersion(version: string): string {
  return /^\d+$/.test(version) ? `${version}.0` : version
}
