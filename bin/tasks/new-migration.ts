import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { lockMigrations, lockPath, parseLock } from '@millrace/tests/migrations-lock'
import { root } from './root.ts'

const { values, positionals } = parseArgs({ options: { lock: { type: 'boolean' } }, allowPositionals: true })
const [domain, name] = positionals
if (values.lock) lock()
else if (domain !== undefined && name !== undefined) create(domain, name)
else refuse('needs a domain and a name, or --lock; see bin/new-migration --help.')

function create(domain: string, name: string) {
  const folder = `domains/${domain}/store/migrations`
  if (!existsSync(`${root}domains/${domain}`))
    refuse(`knows no domain '${domain}'; there is no folder domains/${domain}.`)
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) refuse(`wants a name in kebab case, such as add-aliases, not '${name}'.`)
  mkdirSync(root + folder, { recursive: true })
  const taken = readdirSync(root + folder).filter((file) => /^\d{4}-/.test(file)).length
  const numbered = `${String(taken + 1).padStart(4, '0')}-${name}`
  const table = `${domain.replaceAll('-', '_')}_`
  writeFileSync(
    `${root}${folder}/${numbered}.ts`,
    `import type { Kysely } from 'kysely'

/** Say here what this migration brings. Tables begin with \`${table}\`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('${table}')
    .addColumn('workspace', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .execute()
}
`,
  )
  console.log(`wrote ${folder}/${numbered}.ts; list it in the domain's migrations as '${numbered}'`)
}

function lock() {
  try {
    const locked = lockMigrations(root, landedLock())
    console.log(locked.length === 0 ? 'every migration was locked already' : `locked ${locked.join(', ')}`)
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error))
  }
}

/** The lock as the last commit has it: what stands there has landed. Nothing has where there is no such commit. */
function landedLock(): Record<string, string> {
  try {
    return parseLock(
      execFileSync('git', ['show', `HEAD:${lockPath}`], {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    )
  } catch {
    return {}
  }
}

function refuse(sentence: string): never {
  console.error(`bin/new-migration ${sentence}`)
  process.exit(1)
}
