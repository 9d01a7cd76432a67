import { asProblem } from '@millrace/ui/data'
import { ErrorPanel } from '@millrace/ui/parts'
import { href, type AppConfig, type PageEntry } from '@millrace/ui/shell'
import {
  createRootRoute,
  createRoute,
  createRouter,
  Navigate,
  Outlet,
  useParams,
  type RouterHistory,
} from '@tanstack/react-router'
import { domains } from './domains.ts'
import { pageOfMlflowLink } from './mlflow-link.ts'
import { NotFoundPage } from './not-found-page.tsx'
import { PageCode } from './page-code.tsx'
import { WorkspaceLayout } from './workspace-layout.tsx'

const ownPages: readonly PageEntry[] = [
  { path: '/', load: () => import('./home/home-route.tsx') },
  { path: '/settings', load: () => import('./settings/settings-page.tsx') },
  { path: '/settings/$section', load: () => import('./settings/settings-page.tsx') },
  { path: '/r/$id', load: () => import('./by-id/by-id-page.tsx') },
  { path: '/docs', load: () => import('./docs/docs-page.tsx') },
  { path: '/docs/$doc', load: () => import('./docs/docs-page.tsx') },
  { path: '/more', load: () => import('./settings/more-page.tsx') },
]

/** The parameters of the address, whichever route it is; the router's own types know only routes declared in one place. */
function useTextParams(): Readonly<Record<string, string>> {
  const params: unknown = useParams({ strict: false })
  const entries = typeof params === 'object' && params !== null ? Object.entries(params) : []
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}

/** The router of the whole application, mounted under the server's base path. A page's code arrives when it is first opened. */
export function createAppRouter(config: AppConfig, history: RouterHistory) {
  const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage })
  const startRoute = createRoute({
    getParentRoute: () => rootRoute,
    path: '/',
    component: () => {
      const page = pageOfMlflowLink(history.location.hash) ?? ''
      return <Navigate to={`/w/${encodeURIComponent(config.workspace)}${page}`} hash="" replace />
    },
  })
  const docsRoutes = ['/docs', '/docs/$doc'].map((path) =>
    createRoute({
      getParentRoute: () => rootRoute,
      path,
      component: function Docs() {
        const doc = useTextParams()['doc']
        const page = doc === undefined ? '/docs' : href('docs', doc)
        return <Navigate to={`/w/${encodeURIComponent(config.workspace)}${page}`} replace />
      },
    }),
  )
  const workspaceRoute = createRoute({
    getParentRoute: () => rootRoute,
    path: '/w/$workspace',
    component: function Workspace() {
      return <WorkspaceLayout basePath={config.basePath} workspace={useTextParams()['workspace'] ?? config.workspace} />
    },
  })
  const pages = [...ownPages, ...domains.flatMap((domain) => domain.pages)].map((page) =>
    createRoute({
      getParentRoute: () => workspaceRoute,
      path: page.path,
      component: () => <PageCode load={page.load} params={useTextParams()} />,
    }),
  )
  return createRouter({
    routeTree: rootRoute.addChildren([startRoute, ...docsRoutes, workspaceRoute.addChildren(pages)]),
    history,
    basepath: config.basePath === '' ? '/' : config.basePath,
    scrollRestoration: true,
    defaultNotFoundComponent: NotFoundPage,
    defaultErrorComponent: ({ error, reset }) => <ErrorPanel problem={asProblem(error)} onRetry={reset} />,
  })
}
