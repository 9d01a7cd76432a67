import type { WebManifest } from '@millrace/ui/shell'

/** Who may do what: signing in, one's own profile and tokens, and the members of the workspace. */
export const accessWeb: WebManifest = {
  domain: 'access',
  pages: [],
  settings: [
    { key: 'profile', title: 'Profile', group: 'You', load: () => import('./profile/profile-section.tsx') },
    { key: 'tokens', title: 'API tokens', group: 'You', load: () => import('./profile/tokens-section.tsx') },
    { key: 'members', title: 'Members', group: 'Workspace', load: () => import('./members/members-section.tsx') },
    { key: 'groups', title: 'Groups', group: 'Workspace', load: () => import('./members/groups-section.tsx') },
    { key: 'roles', title: 'Roles and grants', group: 'Workspace', load: () => import('./members/roles-section.tsx') },
    { key: 'secrets', title: 'Secrets', group: 'Workspace', load: () => import('./members/secrets-section.tsx') },
  ],
}

export { SignInGate } from './sign-in/sign-in-gate.tsx'
export { loadSession, type SessionView } from './sign-in/load-session.ts'
export { WorkspaceSwitch } from './workspaces/workspace-switch.tsx'
