import * as contract from '../contract.ts'
import { query } from '../store/access-store.ts'

/** The workspaces of this server by name. */
export const listWorkspaces = query(contract.listWorkspaces, async ({ store }) => ({
  items: await store.workspaces.list(),
}))
