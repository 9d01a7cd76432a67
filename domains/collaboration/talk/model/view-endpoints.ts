import { Done, endpoint, event, page } from '@millrace/contract'
import { z } from 'zod'
import { problem } from '../../model/problems.ts'
import { SavedView } from '../../model/talk.ts'

/** The page's address below the workspace: `/models`, `/audit`. */
const PagePath = z
  .string()
  .min(1)
  .max(300)
  .regex(/^\/[^?#\s]*$/, 'write it as the address below the workspace, such as /models')
const ViewName = z.string().trim().min(1).max(200)

export const putView = endpoint({
  name: 'collaboration.put-view',
  method: 'PUT',
  path: '/page-views',
  summary: 'Keeps a view of a page under a name, for everybody in the workspace',
  needs: { permission: 'collaboration:write' },
  input: z.object({ page: PagePath, name: ViewName, search: z.string().max(8000) }),
  output: SavedView,
})

export const listViews = endpoint({
  name: 'collaboration.list-views',
  method: 'GET',
  path: '/page-views',
  summary: 'Lists the saved views of one page, or of all, by name',
  needs: { permission: 'collaboration:read' },
  input: z.object({ page: PagePath.optional() }),
  output: page(SavedView),
})

export const deleteView = endpoint({
  name: 'collaboration.delete-view',
  method: 'DELETE',
  path: '/page-views',
  summary: 'Forgets a saved view',
  needs: { permission: 'collaboration:write' },
  input: z.object({ page: PagePath, name: ViewName }),
  output: Done,
  problems: [problem['view-not-found']],
})

export const viewsChanged = event(
  'collaboration.view.changed',
  z.object({ page: z.string(), name: z.string() }),
  (payload) => payload.page,
)
