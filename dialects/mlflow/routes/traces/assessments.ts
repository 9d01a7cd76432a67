import { addAssessment, changeAssessment, deleteAssessment, readAssessment } from '@millrace/traces'
import { inner, missing, optionalText, text } from '../../wire/message.ts'
import type { Message } from '../../wire/message.ts'
import type { Call, Route } from '../../wire/scope.ts'
import { route } from '../../wire/scope.ts'
import { assessmentMessage, readAssessment as given, textMap, valueOf } from './assessment-messages.ts'

const since = 3
const one = 'traces/{trace_id}/assessments/{assessment_id}'

/** `traces/{trace_id}/assessments/…` */
export const assessmentRoutes: readonly Route[] = [
  route('POST', 'traces/{trace_id}/assessments', add, { since }),
  route(
    'GET',
    one,
    async ({ runtime, context, message }) => {
      return { assessment: assessmentMessage(await runtime.runner.ask(readAssessment, ids(message), context)) }
    },
    { since },
  ),
  route('PATCH', one, change, { since }),
  route(
    'DELETE',
    one,
    async ({ runtime, context, message }) => {
      await runtime.runner.act(deleteAssessment, ids(message), context)
      return {}
    },
    { since },
  ),
]

function ids(message: Message) {
  return { id: text(message, 'trace_id'), assessmentId: text(message, 'assessment_id') }
}

async function add({ runtime, context, message }: Call) {
  if (message['assessment'] === undefined) throw missing('assessment')
  const assessment = given(inner(message, 'assessment'))
  const added = await runtime.runner.act(addAssessment, { id: text(message, 'trace_id'), assessment }, context)
  return { assessment: assessmentMessage(added) }
}

async function change({ runtime, context, message }: Call) {
  if (message['assessment'] === undefined) throw missing('assessment')
  const sent = inner(message, 'assessment')
  const changes = Object.assign({}, ...maskOf(message).map((path) => changeOf(path, sent))) as object // parts of one input
  const changed = await runtime.runner.act(changeAssessment, { ...ids(message), ...changes }, context)
  return { assessment: assessmentMessage(changed) }
}

/** The fields that are to change: joined by commas, in either case. */
function maskOf(message: Message): string[] {
  const paths = text(message, 'update_mask').split(',')
  return paths.map((path) => path.trim().replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
}

function changeOf(path: string, sent: Message): object {
  switch (path) {
    case 'assessment_name':
    case 'name':
      return { name: text(sent, 'assessment_name') }
    case 'feedback':
    case 'expectation':
      return valueOf(sent)
    case 'rationale':
      return { rationale: optionalText(sent, 'rationale') ?? '' }
    case 'metadata':
      return { metadata: textMap(sent, 'metadata') }
    case 'valid':
      return { valid: sent['valid'] !== false }
    default:
      return {}
  }
}
