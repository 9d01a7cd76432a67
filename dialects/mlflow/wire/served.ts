import type { Config } from '@millrace/kernel'
import type { FastifyInstance } from 'fastify'

/** With `--artifacts-only` everything but artifacts, with `--no-serve-artifacts` the proxy of artifacts says that it is off. */
export function requireServed(app: FastifyInstance, { artifactsOnly, serveArtifacts, basePath }: Config): void {
  if (!artifactsOnly && serveArtifacts) return
  app.addHook('onRequest', async (request, reply) => {
    const path = (request.url.split('?')[0] ?? '').slice(basePath.length).replace(/^\/w\/[^/]*(?=\/)/, '')
    const isProxy = /^\/(ajax-)?api\/2\.0\/mlflow-artifacts\//.test(path)
    if (isProxy && !serveArtifacts) {
      return reply
        .code(503)
        .type('text/plain')
        .send(
          `Endpoint: ${path} disabled due to the mlflow server running with \`--no-serve-artifacts\`. To enable artifacts server functionality, run \`mlflow server\` with \`--serve-artifacts\``,
        )
    }
    if (isProxy || !artifactsOnly || path === '/version') return undefined
    return reply
      .code(503)
      .type('text/plain')
      .send(
        `Endpoint: ${path} disabled due to the mlflow server running in \`--artifacts-only\` mode. To enable tracking server functionality, run \`mlflow server\` without \`--artifacts-only\``,
      )
  })
}
