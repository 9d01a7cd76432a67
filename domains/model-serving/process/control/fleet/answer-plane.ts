import type {
  Admitted,
  Caller,
  FromPlane,
  ManageAnswer,
  ManageOrder,
  ModelReport,
  PlaneModel,
  ToPlane,
} from '../../../model/plane-snapshot.ts'

/** What the data plane asks control. None of them rejects. */
export interface PlaneAnswers {
  readonly admit: (caller: Caller, endpoint: { workspace: string; id: string }) => Promise<Admitted>
  /** Carries out what a management protocol asks for. */
  readonly manage: (caller: Caller, workspace: string, order: ManageOrder) => Promise<ManageAnswer>
  /** Finds what runs a registered version, and brings its files to this machine. */
  readonly resolve: (workspace: string, versionId: string) => Promise<PlaneModel | ModelReport>
}

export type PlaneQuestion = Extract<FromPlane, { kind: 'admit' | 'manage' | 'resolve' }>

/** Whether the data plane waits for an answer to it. */
export function isQuestion(message: FromPlane): message is PlaneQuestion {
  return message.kind === 'admit' || message.kind === 'manage' || message.kind === 'resolve'
}

/** The answer to a question. Never rejects. */
export async function answerPlane(question: PlaneQuestion, answers: PlaneAnswers): Promise<ToPlane> {
  const { id, kind } = question
  if (kind === 'admit') {
    return { kind: 'admitted', id, ...(await answers.admit(question.caller, question.endpoint)) }
  }
  if (kind === 'manage') {
    const { caller, workspace, order } = question
    return { kind: 'managed', id, answer: await answers.manage(caller, workspace, order) }
  }
  return { kind: 'resolved', id, model: await answers.resolve(question.workspace, question.versionId) }
}
