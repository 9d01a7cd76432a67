import { Problem } from '@millrace/contract'

/** Waits for an answer to a query; where the query cannot be read, its sentence comes with the piece underlined. */
export async function underlined<T>(query: string | undefined, answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw query !== undefined && error instanceof Problem ? withMark(query, error) : error
  }
}

function withMark(query: string, problem: Problem): Problem {
  const { start, end } = problem.params
  if (typeof start !== 'number' || typeof end !== 'number') return problem
  const mark = ' '.repeat(start) + '^'.repeat(Math.max(1, end - start))
  return new Problem(problem.code, problem.status, `${problem.message}\n  ${query}\n  ${mark}`, problem.params, problem)
}
