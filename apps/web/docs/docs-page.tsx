import { useLoad } from '@millrace/ui/data'
import { Markdown } from '@millrace/ui/markdown'
import { Loaded, SearchField } from '@millrace/ui/parts'
import { AppLink, href, Page, useViewState, type PageParams } from '@millrace/ui/shell'
import { useEffect, type ReactNode } from 'react'
import { NotFoundPage } from '../not-found-page.tsx'
import { documents, type DocumentEntry } from './documents.ts'
import { searchDocuments } from './search-documents.ts'
import './docs.css'

const defaults = { q: '' }

/** The documentation, inside the product and without asking anybody else. */
export default function DocsPage({ params }: PageParams) {
  const [{ q }, change] = useViewState(defaults)
  const key = params['doc'] ?? documents[0]?.key
  const document = documents.find((each) => each.key === key)
  if (document === undefined) return <NotFoundPage />
  return (
    <Page crumbs={[{ name: 'Documentation', to: '/docs' }, { name: document.title }]} kind="docs" headless>
      <div className="docs">
        <nav aria-label="Documents">
          <SearchField
            slash
            label="Search the documentation"
            placeholder="Search"
            value={q}
            onChange={(next) => change({ q: next })}
          />
          {documents.map((each) => (
            <AppLink
              key={each.key}
              to={href('docs', each.key)}
              aria-current={each.key === document.key ? 'page' : undefined}
            >
              {each.title}
            </AppLink>
          ))}
        </nav>
        <article>{q.trim() === '' ? <DocumentText document={document} /> : <Found q={q} />}</article>
      </div>
    </Page>
  )
}

function DocumentText({ document }: { document: DocumentEntry }) {
  const query = useLoad({
    key: ['doc', document.key],
    load: async () => ({ key: document.key, text: await document.load() }),
  })
  const shown = query.data?.key
  useEffect(() => {
    const anchor = decodeURIComponent(location.hash.slice(1))
    if (shown !== undefined && anchor !== '') globalThis.document.getElementById(anchor)?.scrollIntoView()
  }, [shown])
  return <Loaded query={query}>{({ text }) => <Markdown text={text} link={drawLink} />}</Loaded>
}

/** A link to another document stays inside; one to a file of the source is shown as text. */
function drawLink(to: string, children: ReactNode): ReactNode {
  const own = /^(?:\.\/)?([\w-]+)\.md(#.*)?$/.exec(to)
  if (own !== null) {
    return (
      <AppLink className="link in-text" to={`${href('docs', own[1] ?? '')}${own[2] ?? ''}`}>
        {children}
      </AppLink>
    )
  }
  if (!/^(https?:|mailto:)/.test(to)) return <span className="mono">{children}</span>
  return (
    <a className="link in-text" href={to} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  )
}

function Found({ q }: { q: string }) {
  const query = useLoad({
    key: ['docs-search', q],
    load: async () => {
      const texts = await Promise.all(
        documents.map(async ({ key, title, load }) => ({ key, title, text: await load() })),
      )
      return searchDocuments(texts, q)
    },
  })
  return (
    <Loaded query={query}>
      {(passages) => (
        <>
          <p className="i3 t12" role="status">
            {passages.length === 0
              ? `Nothing says “${q}”.`
              : `${passages.length} ${passages.length === 1 ? 'passage' : 'passages'}`}
          </p>
          <ul className="passages">
            {passages.map((passage, at) => (
              <li key={at}>
                <AppLink className="b" to={`${href('docs', passage.key)}#${passage.anchor}`}>
                  {passage.title}
                  {passage.heading === '' || passage.heading === passage.title ? '' : ` · ${passage.heading}`}
                </AppLink>
                <p className="t12 i2">{passage.text}</p>
              </li>
            ))}
          </ul>
        </>
      )}
    </Loaded>
  )
}
