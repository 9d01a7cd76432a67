import { HistoryContext, readAppConfig } from '@millrace/ui/shell'
import { ThemeProvider } from '@millrace/ui/theme'
import { createBrowserHistory, RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createAppRouter } from './router.tsx'

const config = readAppConfig(document.querySelector<HTMLMetaElement>('meta[name="millrace-config"]')?.content ?? null)
const history = createBrowserHistory()
const root = document.getElementById('root')
if (root === null) throw new Error('The page has no #root to draw into')
createRoot(root).render(
  <StrictMode>
    <ThemeProvider>
      <HistoryContext value={history}>
        <RouterProvider router={createAppRouter(config, history)} />
      </HistoryContext>
    </ThemeProvider>
  </StrictMode>,
)
