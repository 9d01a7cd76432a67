import { readFileSync } from 'node:fs'
import { accessProblem } from '../contract.ts'

/** What the file of MLFLOW_AUTH_CONFIG_PATH and the variables beside it say. */
export interface BasicAuthSettings {
  /** The built-in role that stands for `default_permission`; undefined for NO_PERMISSIONS. */
  readonly defaultRole: string | undefined
  readonly adminName: string
  /** Undefined where none is set. */
  readonly adminPassword: string | undefined
  readonly grantDefaultWorkspaceAccess: boolean
}

/** MLflow's permissions as roles of ours; NO_PERMISSIONS is the absence of one. */
export const roleOfPermission: Readonly<Record<string, string>> = {
  READ: 'viewer',
  USE: 'caller',
  EDIT: 'editor',
  MANAGE: 'admin',
}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the settings of `--app-name basic-auth`. A variable that is set wins, even when it is empty. Throws `access/bad-auth-config`. */
export function basicAuthSettings(env: Environment): BasicAuthSettings {
  const path = env['MLFLOW_AUTH_CONFIG_PATH'] ?? ''
  const file = path === '' ? new Map<string, string>() : readIni(path)
  const permission = file.get('default_permission') ?? 'READ'
  if (permission !== 'NO_PERMISSIONS' && !Object.hasOwn(roleOfPermission, permission)) {
    const reason = `default_permission is ${permission}; it is one of READ, USE, EDIT, MANAGE, NO_PERMISSIONS`
    throw accessProblem['bad-auth-config']({ path, reason })
  }
  const given = (variable: string, key: string) => (env[variable] ?? file.get(key) ?? '') || undefined
  return {
    defaultRole: roleOfPermission[permission],
    adminName: given('MLFLOW_AUTH_ADMIN_USERNAME', 'admin_username') ?? 'admin',
    adminPassword: given('MLFLOW_AUTH_ADMIN_PASSWORD', 'admin_password'),
    grantDefaultWorkspaceAccess: /^(true|yes|on|1)$/i.test(file.get('grant_default_workspace_access') ?? ''),
  }
}

/** The members of the section `[mlflow]`: `key = value` or `key: value`, `#` and `;` begin remarks. */
function readIni(path: string): Map<string, string> {
  const members = new Map<string, string>()
  let section = ''
  for (const line of linesOf(path)) {
    const text = line.trim()
    const heading = /^\[(.+)\]$/.exec(text)?.[1]
    if (heading !== undefined) section = heading.trim()
    else if (section === 'mlflow') keepMember(members, text)
  }
  return members
}

function keepMember(members: Map<string, string>, text: string): void {
  if (/^[#;]/.test(text)) return
  const [, key, value = ''] = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(text) ?? []
  if (key !== undefined) members.set(key.toLowerCase(), value)
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw accessProblem['bad-auth-config']({ path, reason }, error)
  }
}
