import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { z } from 'zod'
import type { Role } from '../contract.ts'
import { builtInRoles } from '../model/permissions.ts'
import type { AccessTables } from './tables.ts'

type RoleRow = AccessTables['access_role']

/** The roles of one workspace: the built-in ones and its own. */
export function roles(db: Db, workspace: string) {
  const access = tables<AccessTables>(db)
  const own = () => access.selectFrom('access_role').selectAll().where('workspace', '=', workspace)
  return {
    find: async (name: string): Promise<Role | undefined> => {
      const builtIn = builtInRole(name)
      if (builtIn !== undefined) return builtIn
      const row = await own().where('name', '=', name).executeTakeFirst()
      return row === undefined ? undefined : showRole(row)
    },
    list: async (): Promise<Role[]> => {
      const rows = await own().orderBy('name').execute()
      return [...Object.keys(builtInRoles).flatMap((name) => builtInRole(name) ?? []), ...rows.map(showRole)]
    },
    put: async (role: Omit<Role, 'builtIn'>, atMs: number): Promise<void> => {
      const { description, permissions } = role.spec
      const values = { description, permissions: JSON.stringify(permissions), updated_at_ms: atMs }
      await access
        .insertInto('access_role')
        .values({ workspace, name: role.name, ...values })
        .onConflict((c) => c.columns(['workspace', 'name']).doUpdateSet(values))
        .execute()
    },
  }
}

function builtInRole(name: string): Role | undefined {
  if (!Object.hasOwn(builtInRoles, name)) return undefined
  return { name, builtIn: true, spec: { description: 'Built in', permissions: [...(builtInRoles[name] ?? [])] } }
}

function showRole(row: RoleRow): Role {
  return {
    name: row.name,
    builtIn: false,
    spec: { description: row.description, permissions: readPermissions(row.permissions) },
  }
}

/** The permissions of a role's row. */
export function readPermissions(json: string): string[] {
  return z.array(z.string()).parse(JSON.parse(json))
}
