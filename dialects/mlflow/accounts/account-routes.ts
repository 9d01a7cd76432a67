import type { Route } from '../wire/scope.ts'
import { permissionRoutes } from './permissions.ts'
import { roleRoutes } from './roles.ts'
import { userRoutes } from './users.ts'

/** Served with `--app-name basic-auth` alone. */
export const accountRoutes: readonly Route[] = [...userRoutes, ...permissionRoutes, ...roleRoutes]
