import { ref } from '@millrace/contract'
import type { GrantInForce } from './decide.ts'
import { decide } from './decide.ts'
import { builtInRoles, covers } from './permissions.ts'

/** What accounts may without any grant that speaks of it. */
export interface OpenDoor {
  /** True when everybody may this on what is there. */
  permits(workspace: string, permission: string, held: readonly GrantInForce[]): boolean
  /** True when everybody may make things of this kind, if the thing is not there yet. */
  mayMake(workspace: string, permission: string, kind: string, held: readonly GrantInForce[]): boolean
  /** True when everybody may ask for lists, which show no more than each may see. */
  mayList(workspace: string): boolean
}

/** Kinds that anybody may make under `--app-name basic-auth`, and then manages. */
const makeable = new Set(['experiment', 'model'])

/** Nobody may anything that was not given. */
export const closedDoor: OpenDoor = { permits: () => false, mayMake: () => false, mayList: () => false }

/** What `--app-name basic-auth` was told about everybody. */
export interface OpenDoorRules {
  /** The built-in role that everybody has; undefined for none. */
  readonly defaultRole: string | undefined
  readonly grantDefaultWorkspaceAccess: boolean
  readonly enableWorkspaces: boolean
}

/**
 * As MLflow's application of that name has it: the default permission reaches everything that no grant speaks of, and
 * whoever is let in may make experiments and models. With workspaces it does so only in `default`, and only if told to.
 */
export function openDoor({ defaultRole, grantDefaultWorkspaceAccess, enableWorkspaces }: OpenDoorRules): OpenDoor {
  const patterns = defaultRole === undefined ? [] : (builtInRoles[defaultRole] ?? [])
  const isOpen = (workspace: string) => !enableWorkspaces || (workspace === 'default' && grantDefaultWorkspaceAccess)
  const permits = (workspace: string, permission: string) => isOpen(workspace) && covers(patterns, permission)
  return {
    permits,
    mayList: isOpen,
    mayMake: (workspace, permission, kind, held) => {
      if (!makeable.has(kind) || !permission.endsWith(':write')) return false
      if (!enableWorkspaces) return true
      const uses = decide([ref('workspace', workspace), ref('server', 'server')], held, 'access:predict')
      return uses ?? permits(workspace, 'access:predict')
    },
  }
}
