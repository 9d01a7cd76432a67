import type { FromPlane, ModelReport, PlaneModel } from '../../../model/plane-snapshot.ts'

/** Questions to control for what runs a registered version. */
export interface SourceQuestions {
  /** Resolves when control has it, or with why it cannot be had. */
  resolve(workspace: string, versionId: string): Promise<PlaneModel | ModelReport>
  /** Control's answer to the question of this number. */
  answer(id: number, model: PlaneModel | ModelReport): void
}

/** Makes it. `say` sends to control. */
export function createSourceQuestions(say: (message: FromPlane) => void): SourceQuestions {
  const waiting = new Map<number, (model: PlaneModel | ModelReport) => void>()
  let nextId = 1
  return {
    resolve: (workspace, versionId) =>
      new Promise((resolve) => {
        const id = nextId
        nextId += 1
        waiting.set(id, resolve)
        say({ kind: 'resolve', id, workspace, versionId })
      }),
    answer: (id, model) => {
      waiting.get(id)?.(model)
      waiting.delete(id)
    },
  }
}
