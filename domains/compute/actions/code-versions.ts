import { createHash } from 'node:crypto'
import { canonicalJson, ref } from '@millrace/contract'
import type { CodeIdentity } from '../contract.ts'
import * as contract from '../contract.ts'
import type { ComputeTables } from '../store/tables.ts'
import { action, query } from '../store/compute-store.ts'

/** Records which code something runs. The same content is the same code version, wherever it lay. */
export const recordCodeVersion = action(contract.recordCodeVersion, async ({ store, input, nowMs }) => {
  const id = codeVersionId(input)
  const found = await store.codeVersions.find(id)
  if (found !== undefined) return { answer: showCodeVersion(found), audit: 'unchanged' }
  const row = {
    id,
    git_commit: input.gitCommit,
    dirty: input.dirty ? 1 : 0,
    patch_digest: input.patchDigest,
    files_digest: input.filesDigest,
    root: input.root,
    entry: input.entry,
    created_at_ms: nowMs,
  }
  await store.codeVersions.add(row)
  const answer = showCodeVersion(row)
  return { answer, audit: { object: ref('code-version', id), after: answer } }
})

export const readCodeVersion = query(contract.readCodeVersion, async ({ store, input }) => {
  const row = await store.codeVersions.find(input.id)
  if (row === undefined) throw contract.problem['no-such-code-version']({ id: input.id })
  return showCodeVersion(row)
})

/** The id of a code version: made of its content, without the folder it lay in. */
export function codeVersionId(code: CodeIdentity): string {
  const { gitCommit, dirty, patchDigest, filesDigest, entry } = code
  const digest = createHash('sha256').update(canonicalJson({ gitCommit, dirty, patchDigest, filesDigest, entry }))
  return `code_${digest.digest('hex').slice(0, 26)}`
}

function showCodeVersion(row: Omit<ComputeTables['compute_code_version'], 'workspace'>) {
  return {
    id: row.id,
    gitCommit: row.git_commit,
    dirty: row.dirty === 1,
    patchDigest: row.patch_digest,
    filesDigest: row.files_digest,
    root: row.root,
    entry: row.entry,
    createdAtMs: row.created_at_ms,
  }
}
