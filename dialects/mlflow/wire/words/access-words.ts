import type { Words } from './word.ts'
import { textOf } from './word.ts'

/** The problems of access in MLflow's words. */
export const accessWords: Words = {
  'access/no-such-user': { say: (p) => `User with username=${textOf(p, 'user')} not found` },
  'access/no-such-workspace': { say: (p) => `Workspace '${textOf(p, 'workspace')}' not found` },
  'access/name-taken': { code: 'RESOURCE_ALREADY_EXISTS' },
  'access/too-many-attempts': { code: 'REQUEST_LIMIT_EXCEEDED' },
  'access/default-workspace': { code: 'INVALID_PARAMETER_VALUE' },
  'access/wrong-current-password': {
    code: 'INVALID_PARAMETER_VALUE',
    say: () => 'Current password does not match.',
  },
  'access/same-password': {
    code: 'INVALID_PARAMETER_VALUE',
    say: () => 'New password must differ from the current password.',
  },
}
