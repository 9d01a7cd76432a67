import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './root.ts'
import { permissionTable, permissionsPath } from './write-permissions.ts'

it('finds docs/permissions.md as the endpoints declare it; else run node bin/tasks/write-permissions.ts', async () => {
  expect(readFileSync(join(root, permissionsPath), 'utf8')).toBe(await permissionTable())
})
