import type { RawBuilder, SqlBool } from 'kysely'
import { sql } from 'kysely'

/**
 * The condition of a list on the things that its caller may see; `column` holds the ids that `visibility` names. Nothing
 * hidden is no condition at all.
 */
export function visibleRows<T extends string | number>(
  column: RawBuilder<unknown>,
  visibility: { readonly byDefault: boolean; readonly except: readonly T[] },
): RawBuilder<SqlBool> {
  const { byDefault, except } = visibility
  if (except.length === 0) return byDefault ? sql<SqlBool>`1 = 1` : sql<SqlBool>`1 = 0`
  return byDefault
    ? sql<SqlBool>`${column} not in (${sql.join(except)})`
    : sql<SqlBool>`${column} in (${sql.join(except)})`
}
