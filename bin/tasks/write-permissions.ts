import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './root.ts'
import { sayStep } from './say-step.ts'

// Writes docs/permissions.md from what every endpoint declares. Usage: node bin/tasks/write-permissions.ts

/** Where the table lies, below the root. */
export const permissionsPath = 'docs/permissions.md'

/** What is read of an endpoint; the root package declares no workspace package. */
interface Declared {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly scope: 'workspace' | 'server'
  readonly needs: {
    readonly permission: string
    readonly on?: (input: never) => { readonly kind: string; readonly id: string }
  }
}

interface Access {
  readonly builtInRoles: Readonly<Record<string, readonly string[]>>
  readonly covers: (patterns: readonly string[], wanted: string) => boolean
}

const head = `# Permissions

Who may do what, written by \`node bin/tasks/write-permissions.ts\` from what the endpoints declare. Paths lie below
\`/api/millrace/v1/w/{workspace}\`, those of the server below \`/api/millrace/v1\`.

A request needs one permission on one thing. It has it when the nearest grant on that thing, its parents (run → experiment),
its workspace or the server gives it; where several stand at the same distance, a deny beats the others. A token may be
limited to some permissions; then it needs these, too. \`test/journeys/access-matrix.test.ts\` asks every endpoint as every role.

- **workspace**: the workspace itself decides. **list**: whoever holds anything there may ask, and sees what they may read.
- **self**: what is the caller's own, which needs no role. **server**: administrators of the whole server alone.
- Anything else is the thing that the request names; a role on that thing, or on all of its kind, is enough.
`

/** The parts of the composed server that are read here, as their modules have them. */
interface Parts {
  readonly loadConfig: (inputs: { argv: string[]; env: object; cwd: string }) => { readonly config: unknown }
  readonly createLog: (level: string) => unknown
  readonly openSqlite: (options: { path: string }) => { close(): Promise<void> }
  readonly composePorts: unknown
  readonly composeDomains: unknown
  readonly createKernel: (options: object) => Promise<{ readonly domains: readonly Manifest[] }>
}

interface Manifest {
  readonly operations: readonly { readonly endpoint: Declared }[]
  readonly documented?: readonly Declared[]
}

/** The table as Markdown: one for each domain, in the order in which they build on one another. */
export async function permissionTable(): Promise<string> {
  const endpoints = await servedEndpoints()
  const access = (await import(join(root, 'domains/access/domain.ts'))) as Access // that module's own form
  const roles = Object.keys(access.builtInRoles)
  const byDomain = Map.groupBy(endpoints, ({ name }) => name.slice(0, name.indexOf('.')))
  const tables = [...byDomain].map(([domain, found]) => {
    const rows = found.map((endpoint) => rowOf(endpoint, roles, access))
    const columns = ['endpoint', 'request', 'permission', 'on', ...roles]
    return [
      `## ${domain}`,
      '',
      `| ${columns.join(' | ')} |`,
      `|${columns.map(() => '---').join('|')}|`,
      ...rows,
      '',
    ].join('\n')
  })
  return [head, ...tables].join('\n')
}

function rowOf({ name, method, path, needs }: Declared, roles: readonly string[], access: Access): string {
  const kind = kindOf(needs.on)
  const may = roles.map((role) => {
    if (kind === 'self') return '✓'
    if (kind === 'server') return ''
    return access.covers(access.builtInRoles[role] ?? [], needs.permission) ? '✓' : ''
  })
  const cells = [name.slice(name.indexOf('.') + 1), `\`${method} ${path}\``, `\`${needs.permission}\``, kind, ...may]
  return `| ${cells.join(' | ')} |`
}

/** The kind of thing that an endpoint asks about, found with an input whose every member is the same text. */
function kindOf(on: Declared['needs']['on']): string {
  if (on === undefined) return 'workspace'
  const input = new Proxy({}, { get: (_target, key) => (key === 'on' ? undefined : 'named') })
  const { kind } = on(input as never)
  return kind === 'named' ? 'the thing' : kind
}

/** Every endpoint that the composed server answers. */
async function servedEndpoints(): Promise<Declared[]> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-permissions-'))
  const modules = ['base/kernel/kernel.ts', 'base/kernel/db/db.ts', 'apps/server/compose.ts']
  const loaded: unknown[] = await Promise.all(modules.map((path) => import(join(root, path))))
  const parts = Object.assign({}, ...loaded) as Parts // those modules' own forms
  const { composePorts: ports, composeDomains: domains } = parts
  const database = parts.openSqlite({ path: join(folder, 'permissions.db') })
  const { config } = parts.loadConfig({ argv: ['--data-dir', folder], env: {}, cwd: folder })
  const log = parts.createLog('silent')
  try {
    // Nothing is started: only the manifests are read.
    const kernel = await parts.createKernel({ config, database, log, ports, domains })
    return kernel.domains.flatMap((domain) => [
      ...domain.operations.map(({ endpoint }) => endpoint),
      ...(domain.documented ?? []),
    ])
  } finally {
    await database.close()
    rmSync(folder, { recursive: true })
  }
}

if (import.meta.main) {
  const text = await permissionTable()
  writeFileSync(join(root, permissionsPath), text)
  sayStep('permissions', `${text.match(/^\| [a-z]/gm)?.length ?? 0} endpoints in ${permissionsPath}`)
}
