import type { Authorizer, Config, ResourceKind } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import { authorizerWith } from '../actions/authorize.ts'
import { closedDoor, openDoor } from '../model/open-door.ts'
import { basicAuthSettings } from './basic-auth-settings.ts'

export interface AuthorizerDeps {
  readonly resources: ReadonlyMap<string, ResourceKind>
  /** With its store, what accounts hold is remembered for a second. */
  readonly database?: Database
  /** With the settings, accounts get what `--app-name basic-auth` gives everybody. */
  readonly config?: Pick<Config, 'appName' | 'enableWorkspaces'>
}

/** Makes the kernel's `Authorizer`. See `authorizerWith`; the settings say what everybody may. Throws `access/bad-auth-config`. */
export function createAuthorizer({ resources, database, config }: AuthorizerDeps): Authorizer {
  const { appName, enableWorkspaces = false } = config ?? {}
  const door = appName === 'basic-auth' ? openDoor({ ...basicAuthSettings(process.env), enableWorkspaces }) : closedDoor
  return authorizerWith({ resources, database, door })
}
