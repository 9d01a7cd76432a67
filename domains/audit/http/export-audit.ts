import { Readable } from 'node:stream'
import { ref } from '@millrace/contract'
import type { Runtime } from '@millrace/kernel'
import { callContextOf } from '@millrace/kernel'
import type { FastifyInstance } from 'fastify'
import type { ExportHeader } from '../model/export-lines.ts'
import { exportFormat } from '../model/export-lines.ts'
import { known } from '../process/verify-workspace.ts'
import { readHead } from '../process/head-file.ts'
import { chainRows } from '../store/chain-rows.ts'

/** `GET /audit/export`: the whole chain as JSON lines; the first line says what follows and where the chain ends. */
export function routeExport(runtime: Runtime): (app: FastifyInstance) => void {
  return (app) => {
    app.get('/api/millrace/v1/w/:workspace/audit/export', async (request, reply) => {
      const context = await callContextOf(runtime, request)
      const { workspace } = context
      const scope = runtime.runner.readScope(context)
      await runtime.authorize(scope, 'audit:administer', ref('workspace', workspace))
      const head = known(await readHead(runtime.dataDir, workspace)) ?? null
      const header: ExportHeader = { format: exportFormat, workspace, exportedAtMs: runtime.nowMs(), head }
      void reply
        .type('application/x-ndjson')
        .header('content-disposition', `attachment; filename="audit-${workspace}.jsonl"`)
      return Readable.from(lines(runtime, header), { objectMode: false })
    })
  }
}

async function* lines(runtime: Runtime, header: ExportHeader): AsyncGenerator<string> {
  yield `${JSON.stringify(header)}\n`
  for await (const row of chainRows(runtime.database.reader, header.workspace)) yield `${JSON.stringify(row)}\n`
}
